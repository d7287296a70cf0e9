/* Q4_0 weights times a batch, for processors with AVX-512 VNNI: takes the place of llama.cpp's ggml_gemm_q4_0_8x8_q8_0.

   llama.cpp multiplies signed by signed numbers, for which VNNI has no instruction, shuffles both sides before each one, and unpacks the
   weights anew for every four rows of a batch. Here the four bits stay as they are stored, 0 to 15: sum (q - 8) a = sum q a - 8 sum a,
   where the last sum is known before. A step is then one load and one VNNI instruction for 64 products; a weight is unpacked once for
   eight rows. Layouts: ggml-cpu/repack.h of llama.cpp. */

#include "kernels.h"

typedef struct {
    uint16_t d[8];
    uint8_t qs[8 * 16];
} eight_columns; /* block_q4_0x8: 32 weights of eight columns, eight bytes of each in turn, stored with 0x88 flipped */

/* How 32 activations of each row of a batch lie: block_q8_0, or block_q8_0x4 with eight of four rows in turn. Both begin with the scales. */
typedef struct {
    uint16_t d;
    int8_t qs[32];
} one_row;
typedef struct {
    uint16_t d[4];
    int8_t qs[4 * 32];
} four_rows;

enum { ROWS = 8 };

/* Of each row in one block: its scale, and -4 times the sum of its activations (a column's sum lies in two lanes). */
typedef struct {
    float scale[ROWS];
    int32_t shift[ROWS];
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
        for (int row = 0; row < rows; row++) {
            const __m256i all = _mm256_setr_epi64x(
                eight(rows, a, blocks, b, row, 0), eight(rows, a, blocks, b, row, 1), eight(rows, a, blocks, b, row, 2), eight(rows, a, blocks, b, row, 3));
            const __m256i sums = _mm256_dpbusd_epi32(_mm256_setzero_si256(), _mm256_set1_epi8(4), all);
            const __m128i half = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
            const __m128i pair = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4E));
            known[b].shift[row] = -(_mm_cvtsi128_si32(pair) + _mm_extract_epi32(pair, 1));
            known[b].scale[row] = _cvtsh_ss(rows == 1 ? ((const one_row *) a + b)->d : ((const four_rows *) a + (row / 4) * blocks + b)->d[row % 4]);
        }
    }
}

/* `rows` (1, 4 or 8) rows times `groups` (1 or 2) groups of eight columns; both are constants where this is inlined. */
INLINE void tile(int rows, int groups, int blocks, const eight_columns * w, const void * a, const known * known, float * out, size_t stride) {
    const __m512i flip = _mm512_set1_epi8((char) 0x88), low = _mm512_set1_epi8(0x0F);
    const __m512i twice = _mm512_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);
    __m512 sum[2][ROWS];
    for (int g = 0; g < groups; g++) {
        for (int row = 0; row < rows; row++) {
            sum[g][row] = _mm512_setzero_ps();
        }
    }
    for (int b = 0; b < blocks; b++) {
        __m512i digits[2][4];
        __m512 scale[2];
        for (int g = 0; g < groups; g++) {
            const eight_columns * from = w + g * blocks + b;
            prefetch(from, sizeof *from);
            const __m512i near = _mm512_loadu_si512(from->qs), far = _mm512_loadu_si512(from->qs + 64);
            digits[g][0] = _mm512_ternarylogic_epi32(near, flip, low, FLIP_AND_MASK);
            digits[g][1] = _mm512_ternarylogic_epi32(far, flip, low, FLIP_AND_MASK);
            digits[g][2] = _mm512_ternarylogic_epi32(_mm512_srli_epi16(near, 4), flip, low, FLIP_AND_MASK);
            digits[g][3] = _mm512_ternarylogic_epi32(_mm512_srli_epi16(far, 4), flip, low, FLIP_AND_MASK);
            const __m256 each = _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *) from->d));
            scale[g] = _mm512_permutexvar_ps(twice, _mm512_castps256_ps512(each));
        }
#pragma GCC unroll 8
        for (int row = 0; row < rows; row++) {
            __m512i dot[2];
            for (int g = 0; g < groups; g++) {
                dot[g] = _mm512_set1_epi32(known[b].shift[row]);
            }
#pragma GCC unroll 4
            for (int part = 0; part < 4; part++) {
                const __m512i everywhere = _mm512_set1_epi64(eight(rows, a, blocks, b, row, part));
                for (int g = 0; g < groups; g++) {
                    dot[g] = _mm512_dpbusd_epi32(dot[g], digits[g][part], everywhere);
                }
            }
            const __m512 both = _mm512_set1_ps(known[b].scale[row]);
            for (int g = 0; g < groups; g++) {
                sum[g][row] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dot[g]), _mm512_mul_ps(scale[g], both), sum[g][row]);
            }
        }
    }
    for (int g = 0; g < groups; g++) {
        for (int row = 0; row < rows; row++) {
            const __m512 pairs = _mm512_add_ps(sum[g][row], _mm512_permute_ps(sum[g][row], 0xB1));
            _mm256_storeu_ps(out + row * stride + 8 * g, _mm512_castps512_ps256(_mm512_maskz_compress_ps(0x5555, pairs)));
        }
    }
}

INLINE void band(int rows, int blocks, const eight_columns * w, int columns, const void * a, float * out, size_t stride) {
    known known[blocks];
    know(known, rows, blocks, a);
    int group = 0;
    for (; rows > 1 && group + 2 <= columns / 8; group += 2) {
        tile(rows, 2, blocks, w + (size_t) group * blocks, a, known, out + 8 * group, stride);
    }
    for (; group < columns / 8; group++) {
        tile(rows, 1, blocks, w + (size_t) group * blocks, a, known, out + 8 * group, stride);
    }
}

/* out[row * stride + column], n weights a column; `rows` is a multiple of 4, `columns` of 8. */
void ggml_gemm_q4_0_8x8_q8_0(int n, float * out, size_t stride, const void * weights, const void * activations, int rows, int columns) {
    const int blocks = n / 32;
    const four_rows * a = activations;
    for (; rows >= 8; rows -= 8, a += 2 * blocks, out += 8 * stride) {
        band(8, blocks, weights, columns, a, out, stride);
    }
    if (rows) {
        band(4, blocks, weights, columns, a, out, stride);
    }
}

/* The same for a single row. */
void ggml_gemv_q4_0_8x8_q8_0(int n, float * out, size_t stride, const void * weights, const void * activations, int rows, int columns) {
    (void) rows;
    band(1, n / 32, weights, columns, activations, out, stride);
}
