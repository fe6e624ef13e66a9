"""Makes the HDF5 files beside it that wgraft's own writer cannot make (h5py 3.7, HDF5 1.10). Run it in this folder."""
import h5py
import numpy as np

ramp = np.arange(600, dtype="f4").reshape(20, 30)
with h5py.File("encodings.h5", "w", userblock_size=512) as f:
    f.create_dataset("gzip", data=ramp, chunks=(7, 30), compression="gzip", shuffle=True, fletcher32=True)
    f.create_dataset("float64_big_endian", data=ramp.astype(">f8"))
    f.create_dataset("float16", data=ramp.astype("f2"))
    f.create_dataset("int32", data=ramp.astype("i4"))
    f.create_dataset("lzf", data=ramp, compression="lzf")
    f.create_dataset("padded_strings", data=np.array([b"one", b"seven"]))
    f.attrs["variable_length"] = ["\u00e9t\u00e9", "layer"]
    f.attrs["fixed_length"] = np.array(["\u00e9t\u00e9".encode(), b"layer"])
    f.attrs["scalar"] = "one"
    f.attrs["empty"] = []
    f.attrs["int64"] = np.array([1, -2])
with h5py.File("hostile.h5", "w") as f:
    # Relative to the folder of the process, which for the tests is the package's.
    f.create_dataset("external_storage", (10,), "f4", external=[("package.json", 0, 40)])
    layout = h5py.VirtualLayout((20, 30), "f8")
    layout[:] = h5py.VirtualSource("test/golden/hdf5/encodings.h5", "float64_big_endian", (20, 30))
    f.create_virtual_dataset("virtual", layout)
    f["external_link"] = h5py.ExternalLink("test/golden/hdf5/encodings.h5", "/gzip")
    f["soft_link"] = h5py.SoftLink("/external_link")
    f["ring"] = f["/"]
    f.create_dataset("bomb", (2**40,), "f4", chunks=(2**20,), compression="gzip")
    f.create_dataset("deflate_bomb", (2**26,), "f4", chunks=(2**20,), compression="gzip")
    f.create_dataset("hollow", (2**24,), "f4", chunks=(2**20,))
