"""Sweeps: `hbfp` commands over grids of parameters, on this machine or on a Dask cluster."""

from hbfp_hw.sweep.cluster import ClusterError, run_on_cluster
from hbfp_hw.sweep.local import run_locally
from hbfp_hw.sweep.run import run_sweep
from hbfp_hw.sweep.spec import SweepPoint, SweepSpec, read_spec
from hbfp_hw.sweep.store import PointRecord, Store, StoreError, open_store, read_store

__all__ = [
    "ClusterError",
    "PointRecord",
    "Store",
    "StoreError",
    "SweepPoint",
    "SweepSpec",
    "open_store",
    "read_spec",
    "read_store",
    "run_locally",
    "run_on_cluster",
    "run_sweep",
]
