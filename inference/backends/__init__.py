"""The backends of `inference.engine.BACKENDS`, one file each. None of them imports llama.cpp."""
