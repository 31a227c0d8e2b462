"""Studies that explain training in HBFP: distances of tensors, loss landscapes, sensitivity.

They need the packages of ``pip install 'hbfp_hw[train]'``.
"""
