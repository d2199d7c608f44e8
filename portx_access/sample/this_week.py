"""What has happened since the second review began: a reviewer left, first removals were done."""

from portx_access.sample.company import World
from portx_access.sample.last_quarter import orders, read_orders
from portx_access.sample.this_quarter import Leaver, leave

DEPARTURE = Leaver("marcus.bell", 3)

REVOKED = read_orders("this_revoked")


def pass_by(world: World) -> None:
    """Let the days since the launch pass."""
    for order, account in orders(world, REVOKED):
        if order.fate == "gone":
            world.remove(order.system, account.username, order.right)
    leave(world, DEPARTURE, world.dates.launch)
