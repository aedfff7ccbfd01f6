"""A fictional Indonesian district and one fiscal year of its money.

Kabupaten Sagara Wetan does not exist: names, numbers, companies and sums are invented. The story
is made from a seed, so that everybody who makes it has the same bodies; the keys that sign it are
made on the spot.
"""

from procurement.example.acts import Act
from procurement.example.district import DISTRICT, INSTITUTIONS, OFFICES, YEAR, Institution, Office
from procurement.example.planted import PLANTED, Planted
from procurement.example.story import tell

__all__ = [
    "DISTRICT",
    "INSTITUTIONS",
    "OFFICES",
    "PLANTED",
    "YEAR",
    "Act",
    "Institution",
    "Office",
    "Planted",
    "tell",
]
