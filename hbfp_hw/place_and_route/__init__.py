"""Place and route: resources and clock of a unit on an FPGA, by Yosys and nextpnr."""

from hbfp_hw.place_and_route.nextpnr import DoesNotFit
from hbfp_hw.place_and_route.options import PlaceAndRouteOptions
from hbfp_hw.place_and_route.place import place_and_route
from hbfp_hw.place_and_route.result import PlaceAndRouteResult

__all__ = ["DoesNotFit", "PlaceAndRouteOptions", "PlaceAndRouteResult", "place_and_route"]
