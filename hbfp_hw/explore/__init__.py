"""Studies that explain training in HBFP: distances of tensors, loss landscapes, sensitivity.

The studies need more packages: ``pip install 'hbfp_hw[train]'``.
"""
