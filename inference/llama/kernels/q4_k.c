/* Q4_K weights times a batch, for processors with AVX-512 VNNI: takes the place of llama.cpp's ggml_gemm_q4_K_8x8_q8_K and its gemv.

   As in q4_0.c the digits are multiplied as they are stored. 32 weights share a scale of six bits: a lane's sum of sixteen products is at
   most 30,720, so two such sums fit into sixteen bits, and one instruction multiplies both by their scales. Layouts: ggml-cpu/repack.h. */

#include "kernels.h"

typedef struct {
    uint16_t d[8], dmin[8];
    uint8_t scales[96];
    uint8_t qs[1024];
} eight_columns; /* block_q4_Kx8: 256 weights of eight columns, eight bytes of each in turn */

typedef struct {
    float d;
    int8_t qs[256];
    int16_t sums[16];
} one_row; /* block_q8_K */

typedef struct {
    float d[4];
    int8_t qs[4 * 256];
    int16_t sums[4 * 16];
} four_rows; /* block_q8_Kx4: eight activations of four rows in turn, sums by pairs */

enum { ROWS = 8 };

/* Of each row in one block: its scale, and the sums of 32 activations as the minima are multiplied: first pair twice, second pair twice. */
typedef struct {
    float scale[ROWS];
    int16_t sums[ROWS][2][8];
} known;

INLINE int64_t eight(int rows, const void * a, int blocks, int b, int row, int part) {
    const one_row * one = (const one_row *) a + b;
    const four_rows * four = (const four_rows *) a + (row / 4) * blocks + b;
    int64_t value;
    memcpy(&value, rows == 1 ? one->qs + 8 * part : four->qs + 32 * part + 8 * (row % 4), 8);
    return value;
}

INLINE void know(known * known, int rows, int blocks, const void * a) {
    for (int b = 0; b < blocks; b++) {
        const one_row * one = (const one_row *) a + b;
        for (int row = 0; row < rows; row++) {
            const four_rows * four = (const four_rows *) a + (row / 4) * blocks + b;
            known[b].scale[row] = rows == 1 ? one->d : four->d[row % 4];
            for (int sub = 0; sub < 8; sub++) {
                const int16_t * two = rows == 1 ? one->sums + 2 * sub : four->sums + 16 * (sub / 2) + 4 * (row % 4) + 2 * (sub % 2);
                int16_t * to = known[b].sums[row][sub / 4] + 4 * (sub / 2 % 2) + sub % 2;
                to[0] = to[2] = (int16_t) (two[0] + two[1]);
            }
        }
    }
}

/* Six-bit scales and minima, one byte each: eight scales, then eight minima, of each 32 weights. */
INLINE void spread(const uint8_t * packed, uint32_t to[8][4]) {
    for (int sub = 0; sub < 8; sub++) {
        uint32_t from[3];
        memcpy(from, packed + 12 * sub, 12);
        to[sub][0] = from[0] & 0x3f3f3f3f;
        to[sub][1] = (from[2] & 0x0f0f0f0f) | ((from[0] >> 6 & 0x03030303) << 4);
        to[sub][2] = from[1] & 0x3f3f3f3f;
        to[sub][3] = (from[2] >> 4 & 0x0f0f0f0f) | ((from[1] >> 6 & 0x03030303) << 4);
    }
}

/* `rows` (1, 4 or 8, a constant where this is inlined) rows times eight columns. Each 128 bits hold two columns. */
INLINE void tile(int rows, int blocks, const eight_columns * w, const void * a, const known * known, float * out, size_t stride) {
    const __m512i low = _mm512_set1_epi8(0x0F), none = _mm512_setzero_si512();
    const __m512i column = _mm512_setr_epi32(0, 1, 0, 1, 2, 3, 2, 3, 4, 5, 4, 5, 6, 7, 6, 7);
    /* Each column's scale for both lanes of the first 32, then of the second; then pairs of minima. */
    const __m512i of_scales = _mm512_set_epi16(23, 23, 22, 22, 7, 7, 6, 6, 21, 21, 20, 20, 5, 5, 4, 4, 19, 19, 18, 18, 3, 3, 2, 2, 17, 17, 16, 16, 1, 1, 0, 0);
    const __m512i of_minima = _mm512_set_epi16(
        63, 47, 62, 46, 31, 15, 30, 14, 61, 45, 60, 44, 29, 13, 28, 12, 59, 43, 58, 42, 27, 11, 26, 10, 57, 41, 56, 40, 25, 9, 24, 8);
    __m512 sum[ROWS];
    for (int row = 0; row < rows; row++) {
        sum[row] = _mm512_setzero_ps();
    }
    for (int b = 0; b < blocks; b++) {
        uint32_t bytes[8][4];
        __m512i wide[4], dot[ROWS];
        prefetch(w + b, sizeof *w);
        spread(w[b].scales, bytes);
        for (int pair = 0; pair < 4; pair++) {
            wide[pair] = _mm512_cvtepu8_epi16(_mm256_loadu_si256((const __m256i *) bytes[2 * pair]));
        }
        for (int row = 0; row < rows; row++) {
            dot[row] = none;
        }
#pragma GCC unroll 4
        for (int pair = 0; pair < 4; pair++) {
            const __m512i scales = _mm512_permutexvar_epi16(of_scales, wide[pair]);
            __m512i first[4], second[4];
            for (int part = 0; part < 4; part++) {
                const __m512i both = _mm512_loadu_si512(w[b].qs + 256 * pair + 64 * part);
                first[part] = _mm512_and_si512(both, low);
                second[part] = _mm512_and_si512(_mm512_srli_epi16(both, 4), low);
            }
#pragma GCC unroll 8
            for (int row = 0; row < rows; row++) {
                __m512i p = none, q = none;
#pragma GCC unroll 4
                for (int part = 0; part < 4; part++) {
                    p = _mm512_dpbusd_epi32(p, first[part], _mm512_set1_epi64(eight(rows, a, blocks, b, row, 8 * pair + part)));
                    q = _mm512_dpbusd_epi32(q, second[part], _mm512_set1_epi64(eight(rows, a, blocks, b, row, 8 * pair + 4 + part)));
                }
                dot[row] = _mm512_dpwssd_epi32(dot[row], _mm512_packs_epi32(p, q), scales);
            }
        }
        const __m512i minima[2] = {_mm512_permutex2var_epi16(wide[0], of_minima, wide[1]), _mm512_permutex2var_epi16(wide[2], of_minima, wide[3])};
        const __m512 d = _mm512_permutexvar_ps(column, _mm512_castps256_ps512(_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *) w[b].d))));
        const __m512 dmin = _mm512_permutexvar_ps(column, _mm512_castps256_ps512(_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *) w[b].dmin))));
#pragma GCC unroll 8
        for (int row = 0; row < rows; row++) {
            __m512i less = none;
            for (int half = 0; half < 2; half++) {
                const __m128i four = _mm_loadu_si128((const __m128i *) known[b].sums[row][half]);
                less = _mm512_dpwssd_epi32(less, minima[half], _mm512_broadcast_i32x4(four));
            }
            const __m512 value = _mm512_fnmadd_ps(_mm512_cvtepi32_ps(less), dmin, _mm512_mul_ps(_mm512_cvtepi32_ps(dot[row]), d));
            sum[row] = _mm512_fmadd_ps(value, _mm512_set1_ps(known[b].scale[row]), sum[row]);
        }
    }
    for (int row = 0; row < rows; row++) {
        const __m512 whole = _mm512_add_ps(sum[row], _mm512_permute_ps(sum[row], 0x4E));
        _mm256_storeu_ps(out + row * stride, _mm512_castps512_ps256(_mm512_maskz_compress_ps(0x3333, whole)));
    }
}

INLINE void band(int rows, int blocks, const eight_columns * w, int columns, const void * a, float * out, size_t stride) {
    known known[blocks];
    know(known, rows, blocks, a);
    for (int group = 0; group < columns / 8; group++) {
        tile(rows, blocks, w + (size_t) group * blocks, a, known, out + 8 * group, stride);
    }
}

/* out[row * stride + column], n weights a column; `rows` is a multiple of 4, `columns` of 8. */
void ggml_gemm_q4_K_8x8_q8_K(int n, float * out, size_t stride, const void * weights, const void * activations, int rows, int columns) {
    const int blocks = n / 256;
    const four_rows * a = activations;
    for (; rows >= 8; rows -= 8, a += 2 * blocks, out += 8 * stride) {
        band(8, blocks, weights, columns, a, out, stride);
    }
    if (rows) {
        band(4, blocks, weights, columns, a, out, stride);
    }
}

/* The same for a single row. */
void ggml_gemv_q4_K_8x8_q8_K(int n, float * out, size_t stride, const void * weights, const void * activations, int rows, int columns) {
    (void) rows;
    band(1, n / 256, weights, columns, activations, out, stride);
}
