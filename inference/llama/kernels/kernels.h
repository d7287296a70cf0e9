/* What the kernels share. They are compiled by inference/build_kernels.py and loaded before llama.cpp (inference/llama/library.py), so
   that the dynamic linker finds these functions where llama.cpp asks for its own of the same name. */

#pragma once

#include <immintrin.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

/* (a ^ b) & c, for vpternlog. */
enum { FLIP_AND_MASK = 0x28 };

/* Weights are read once, from end to end: asks for what lies 4 KiB ahead. */
INLINE void prefetch(const void * from, size_t bytes) {
    for (size_t line = 0; line < bytes; line += 64) {
        _mm_prefetch((const char *) from + 4096 + line, _MM_HINT_T0);
    }
}
