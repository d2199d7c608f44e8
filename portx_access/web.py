"""How gunicorn serves the product: its settings, by the names that it gives them.

A process takes no more connections than it has threads. What has to wait then does so where any
process can take it; otherwise one makes six pages one after the other while the next has nothing
to do. A connection that is kept alive would take up such a place and do nothing, so none is: a
proxy on the same machine loses nothing by it.
"""

workers = 2
threads = 2
worker_connections = threads
keepalive = 0
timeout = 60
graceful_timeout = 20
# Forking after a first query would share its connection: each worker loads for itself.
preload_app = False
control_socket_disable = True
