/* Q6_K weights times a batch, for processors with AVX-512 VNNI: the output matrix of most published files, 15 % of a 1.5B model.

   Takes the place of llama.cpp's ggml_compute_forward_mul_mat_tiled where weights are Q6_K and the batch is more than one column; anything
   else goes on to llama.cpp's own. That one always computes sixteen columns and unpacks through memory; this one unpacks two rows of
   weights into registers and runs them along the batch. Layouts: ggml-common.h, ggml.h, ggml-cpu-impl.h of llama.cpp. */

#include "kernels.h"

#include <dlfcn.h>

typedef struct {
    uint8_t low[128];
    uint8_t high[64];
    int8_t scales[16];
    uint16_t d;
} six_bits; /* block_q6_K: 256 weights */

typedef struct {
    float d;
    int8_t qs[256];
    int16_t sums[16];
} activations; /* block_q8_K */

typedef struct tensor {
    int type;
    void * buffer;
    int64_t ne[4];
    size_t nb[4];
    int op;
    int32_t op_params[16];
    int32_t flags;
    struct tensor * src[10];
    struct tensor * view_src;
    size_t view_offs;
    void * data;
    char name[64];
    void * extra;
} tensor; /* ggml_tensor */

typedef struct {
    int ith, nth;
    size_t wsize;
    void * wdata;
    void * threadpool;
    bool use_ref;
} work; /* ggml_compute_params */

enum { F32 = 0, Q6_K = 14, AT_ONCE = 32, CHUNK = 64 };

/* 256 weights as they are multiplied: digits of 0 to 63, and the scale of each sixteen beside each four of their products. */
typedef struct {
    __m512i digits[4];
    __m512i scales[2];
    __m256i shift; /* -32 times the scales: the digits' middle */
    float d;
} unpacked;

INLINE unpacked unpack(const six_bits * w) {
    const __m512i four = _mm512_set1_epi8(0x0F), two = _mm512_set1_epi8(0x30);
    const __m512i left = _mm512_setr_epi32(4, 4, 4, 4, 4, 4, 4, 4, 2, 2, 2, 2, 2, 2, 2, 2);
    const __m512i right = _mm512_setr_epi32(0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2, 2, 2);
    unpacked to;
    prefetch(w, sizeof *w);
    for (int half = 0; half < 2; half++) {
        const __m512i low = _mm512_loadu_si512(w->low + 64 * half);
        const __m512i high = _mm512_broadcast_i64x4(_mm256_loadu_si256((const __m256i *) (w->high + 32 * half)));
        to.digits[2 * half] = _mm512_or_si512(_mm512_and_si512(low, four), _mm512_and_si512(_mm512_sllv_epi32(high, left), two));
        to.digits[2 * half + 1] =
            _mm512_or_si512(_mm512_and_si512(_mm512_srli_epi16(low, 4), four), _mm512_and_si512(_mm512_srlv_epi32(high, right), two));
    }
    /* _mm512_packs_epi32(p, q) puts four sums of p, then four of q, into each 128 bits: so must their scales lie. */
    const __m256i scales = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *) w->scales));
    const __m512i wide = _mm512_castsi256_si512(scales);
    const __m512i order = _mm512_set_epi16(7, 7, 7, 7, 3, 3, 3, 3, 6, 6, 6, 6, 2, 2, 2, 2, 5, 5, 5, 5, 1, 1, 1, 1, 4, 4, 4, 4, 0, 0, 0, 0);
    to.scales[0] = _mm512_permutexvar_epi16(order, wide);
    to.scales[1] = _mm512_permutexvar_epi16(_mm512_add_epi16(order, _mm512_set1_epi16(8)), wide);
    to.shift = _mm256_mullo_epi16(scales, _mm256_set1_epi16(-32));
    to.d = _cvtsh_ss(w->d);
    return to;
}

/* Four products of 63 and -128 at most: their sum fits into sixteen bits. */
INLINE __m512 add(__m512 to, const unpacked * w, const activations * a) {
    const __m512i none = _mm512_setzero_si512();
    __m512i sum = _mm512_zextsi256_si512(_mm256_madd_epi16(w->shift, _mm256_loadu_si256((const __m256i *) a->sums)));
    for (int half = 0; half < 2; half++) {
        const __m512i p = _mm512_dpbusd_epi32(none, w->digits[2 * half], _mm512_loadu_si512(a->qs + 128 * half));
        const __m512i q = _mm512_dpbusd_epi32(none, w->digits[2 * half + 1], _mm512_loadu_si512(a->qs + 128 * half + 64));
        sum = _mm512_dpwssd_epi32(sum, _mm512_packs_epi32(p, q), w->scales[half]);
    }
    return _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum), _mm512_set1_ps(w->d * a->d), to);
}

/* `rows` (1 or 2) rows of weights, `stride` bytes apart, times at most AT_ONCE columns. */
INLINE void run(int rows, int blocks, const char * w, size_t stride, const activations * a, int columns, float * out, size_t step) {
    __m512 sum[AT_ONCE][2];
    for (int column = 0; column < columns; column++) {
        sum[column][0] = sum[column][1] = _mm512_setzero_ps();
    }
    for (int b = 0; b < blocks; b++) {
        const unpacked first = unpack((const six_bits *) w + b);
        const unpacked second = unpack((const six_bits *) (w + (rows - 1) * stride) + b);
        for (int column = 0; column < columns; column++) {
            const activations * from = a + (size_t) column * blocks + b;
            sum[column][0] = add(sum[column][0], &first, from);
            if (rows == 2) {
                sum[column][1] = add(sum[column][1], &second, from);
            }
        }
    }
    for (int column = 0; column < columns; column++) {
        for (int row = 0; row < rows; row++) {
            out[column * step + row] = _mm512_reduce_add_ps(sum[column][row]);
        }
    }
}

/* Rows `from` to `to` of `weights` times all columns, on one thread; exported for its test. */
void consilium_q6_k(int n, const void * weights, size_t stride, int64_t from, int64_t to, const void * a, int columns, float * out, size_t step) {
    const int blocks = n / 256;
    for (int column = 0; column < columns; column += AT_ONCE) {
        const activations * some = (const activations *) a + (size_t) column * blocks;
        const int count = columns - column < AT_ONCE ? columns - column : AT_ONCE;
        int64_t row = from;
        for (; row + 2 <= to; row += 2) {
            run(2, blocks, (const char *) weights + row * stride, stride, some, count, out + column * step + row, step);
        }
        if (row < to) {
            run(1, blocks, (const char *) weights + row * stride, stride, some, count, out + column * step + row, step);
        }
    }
}

static struct {
    bool (*tiled)(const work *, tensor *);
    void (*quantise)(const float *, void *, int64_t);
    void (*barrier)(void *);
    void (*chunk_set)(void *, int);
    int (*chunk_add)(void *, int);
} theirs;

/* Finds llama.cpp's own functions: it is loaded after us. Where one is missing, Q6_K takes llama.cpp's plain way. */
void consilium_find(const char * library) {
    void * ggml = dlopen(library, RTLD_NOW | RTLD_NOLOAD);
    if (!ggml) {
        return;
    }
    *(void **) &theirs.quantise = dlsym(ggml, "quantize_row_q8_K");
    *(void **) &theirs.barrier = dlsym(ggml, "ggml_barrier");
    *(void **) &theirs.chunk_set = dlsym(ggml, "ggml_threadpool_chunk_set");
    *(void **) &theirs.chunk_add = dlsym(ggml, "ggml_threadpool_chunk_add");
    if (theirs.quantise && theirs.barrier && theirs.chunk_set && theirs.chunk_add) {
        *(void **) &theirs.tiled = dlsym(ggml, "ggml_compute_forward_mul_mat_tiled");
    }
}

static bool ours(const work * work, const tensor * out) {
    const tensor *w = out->src[0], *a = out->src[1];
    return theirs.tiled && w->type == Q6_K && !w->extra && !work->use_ref && a->type == F32 && a->nb[0] == sizeof(float) && out->nb[0] == sizeof(float) &&
           a->ne[1] > 1 && a->ne[2] == 1 && a->ne[3] == 1 && w->ne[2] == 1 && w->ne[3] == 1;
}

/* All threads call it for the same product; true: done. The plain sums of a batch go to `wdata`, as llama.cpp has planned. */
bool ggml_compute_forward_mul_mat_tiled(const work * work, tensor * out) {
    if (!ours(work, out)) {
        return theirs.tiled && theirs.tiled(work, out);
    }
    const tensor *w = out->src[0], *a = out->src[1];
    const int64_t n = w->ne[0], rows = w->ne[1], columns = a->ne[1], blocks = n / 256;
    activations * ready = work->wdata;
    for (int64_t column = work->ith; column < columns; column += work->nth) {
        theirs.quantise((const float *) ((const char *) a->data + column * a->nb[1]), ready + column * blocks, n);
    }
    if (work->ith == 0) {
        theirs.chunk_set(work->threadpool, work->nth);
    }
    theirs.barrier(work->threadpool);
    const int chunks = (int) ((rows + CHUNK - 1) / CHUNK);
    for (int chunk = work->ith; chunk < chunks; chunk = theirs.chunk_add(work->threadpool, 1)) {
        const int64_t from = (int64_t) chunk * CHUNK, to = from + CHUNK < rows ? from + CHUNK : rows;
        consilium_q6_k((int) n, w->data, w->nb[1], from, to, ready, (int) columns, out->data, out->nb[1] / sizeof(float));
    }
    return true;
}
