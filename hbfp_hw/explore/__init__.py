"""Studies that explain training in HBFP: distances of tensors, loss landscapes, sensitivity.

They need what ``pip install 'hbfp_hw[train]'`` installs.
"""
