"""Every connector there is, by its kind."""

from accounts.connectors import file
from accounts.connectors.base import Connector

CONNECTORS: dict[str, Connector] = {file.CONNECTOR.kind: file.CONNECTOR}
