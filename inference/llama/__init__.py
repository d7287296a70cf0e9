"""llama.cpp, wrapped: the only folder that imports llama_cpp, and only the model host imports this folder.

    library   the shared library itself: log, version, what it was built for
    weights   a file opened, hashed and loaded through that very descriptor
    vocab     text to tokens and back; which tokens carry control
    context   one llama context: batches in, logits out, sequences copied, removed, wiped
    sampler   the next token, under a grammar where there is one
    kernels   matrix products in C that the library calls instead of its own; kernel_check compares them
    baseline  what the host is measured against, in a process of its own
"""
