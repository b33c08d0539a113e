// The sums of a network in a web page, for WebAssembly: no library, no allocator, no layer that knows another.
// net.js says what comes after what, and where in the memory everything lies.
//
// A tensor (C, H, W) is C planes of H rows; `plane` and `row` are their distances in floats. Around what it holds lie
// zeros, so that no sum asks where a picture ends. Columns are computed eight at a time: a row has room for that.
// A tensor that is `split` holds in each row its even columns first and `split` floats further the odd ones: a
// convolution that steps over two columns then reads neighbours.
#include <stdint.h>

#define EXPORT(name) __attribute__((export_name(#name))) void name
typedef float v4 __attribute__((vector_size(16), aligned(4)));
static inline v4 load(const float *at) { return *(const v4 *)at; }
static inline void store(float *at, v4 x) { *(v4 *)at = x; }
static inline v4 all(float x) { return (v4){x, x, x, x}; }

// out[c][h][w] = bias[c] + sum over k of weights[c][k] * in[h*step + offset[k] + w], four channels by eight columns.
// The weights of four channels lie interleaved. One k is one input channel at one place of the kernel.
EXPORT(conv)(const float *in, const int *offset, int n, const float *weights, const float *bias, float *out,
             int blocks, int H, int step, int W, int row, int plane) {
  for (int h = 0; h < H; h++)
    for (int c = 0; c < blocks; c++)
      for (int w = 0; w < W; w += 8) {
        const float *x = in + h*step + w, *a = weights + 4l*c*n, *b = bias + 4*c;
        v4 p0 = all(b[0]), p1 = all(b[1]), p2 = all(b[2]), p3 = all(b[3]);
        v4 q0 = p0, q1 = p1, q2 = p2, q3 = p3;
        for (int k = 0; k < n; k++, a += 4) {
          v4 l = load(x + offset[k]), r = load(x + offset[k] + 4);
          p0 += a[0]*l; q0 += a[0]*r;
          p1 += a[1]*l; q1 += a[1]*r;
          p2 += a[2]*l; q2 += a[2]*r;
          p3 += a[3]*l; q3 += a[3]*r;
        }
        float *o = out + 4l*c*plane + h*row + w;
        store(o, p0); store(o + 4, q0); o += plane;
        store(o, p1); store(o + 4, q1); o += plane;
        store(o, p2); store(o + 4, q2); o += plane;
        store(o, p3); store(o + 4, q3);
      }
}

// Mean and inverse deviation of n numbers `apart` floats from each other, in H rows.
static void moments(const float *x, int H, int row, int n, int apart, float *mean, float *scale) {
  double sum = 0, square = 0;
  for (int h = 0; h < H; h++) for (int i = 0; i < n; i++) sum += x[h*row + i*apart];
  *mean = sum/(H*n);
  for (int h = 0; h < H; h++) for (int i = 0; i < n; i++) { float d = x[h*row + i*apart] - *mean; square += d*d; }
  *scale = 1/__builtin_sqrtf(square/(H*n) + 1e-5);
}

static inline float leaky(float x, float slope) { return x < 0 ? slope*x : x; }

// Into the padded planes of the next layer: each channel normalised over its plane (norm 1), or each column over its
// channels (norm 2), or neither (norm 0); then leaky ReLU. A slope of 1 changes nothing.
EXPORT(activate)(const float *in, int C, int H, int W, int row, int plane, float *out, int to_row, int to_plane,
                 int norm, float slope) {
  float mean = 0, scale = 1;
  if (norm == 2) {
    for (int w = 0; w < W; w++) {
      moments(in + w, 1, 0, C, plane, &mean, &scale);
      for (int c = 0; c < C; c++) out[c*to_plane + w] = leaky((in[c*plane + w] - mean)*scale, slope);
    }
    return;
  }
  for (int c = 0; c < C; c++, in += plane, out += to_plane) {
    if (norm) moments(in, H, row, W, 1, &mean, &scale);
    for (int h = 0; h < H; h++)
      for (int w = 0; w < W; w++) out[h*to_row + w] = leaky((in[h*row + w] - mean)*scale, slope);
  }
}

// The same tensor with even and odd columns apart.
EXPORT(split)(const float *in, int C, int H, int W, int row, int plane, float *out, int to_row, int to_plane, int odd) {
  for (int c = 0; c < C; c++, in += plane, out += to_plane)
    for (int h = 0; h < H; h++)
      for (int w = 0; w < W; w++) out[h*to_row + (w & 1)*odd + (w >> 1)] = in[h*row + w];
}

// m columns out of n, along straight lines: column t as it is at the place first + t*step, no farther than the ends.
// What `skip` points to is added.
EXPORT(sample)(const float *in, int C, int n, int plane, double first, double step, const float *skip, int skip_plane,
               float *out, int m, int to_plane) {
  for (int t = 0; t < m; t++) {
    double at = first + t*step, end = n - 1;
    at = at < 0 ? 0 : at > end ? end : at;
    int i = at, j = i + (i < n - 1);
    float share = at - i;
    for (int c = 0; c < C; c++) {
      float x = (1 - share)*in[c*plane + i] + share*in[c*plane + j];
      out[c*to_plane + t] = skip ? x + skip[c*skip_plane + t] : x;
    }
  }
}

// The Fourier transform of n = 2^k complex numbers, in place; they lie in the order of reversed bits. turns: cos and
// sin of the angles 2*pi*i/n.
static void fourier(float *z, int n, const float *turns) {
  for (int half = 1; half < n; half *= 2)
    for (int first = 0; first < n; first += 2*half)
      for (int k = 0; k < half; k++) {
        const float *turn = turns + 2*k*(n/half/2);
        float *p = z + 2*(first + k), *q = p + 2*half;
        float re = q[0]*turn[0] + q[1]*turn[1], im = q[1]*turn[0] - q[0]*turn[1];
        q[0] = p[0] - re; q[1] = p[1] - im;
        p[0] += re; p[1] += im;
      }
}

// Power in mel bands, a column every `hop` samples. The window lies in the middle of n samples; `order` is the reversed
// bits of each place; a band weighs the power of the bins from bins[band][0] to bins[band][1] by its filter, and the
// filters lie one after the other. z: 2n floats to work in.
EXPORT(mel)(const float *sound, int columns, int hop, int n, const float *window, int width, const int *order,
            const float *turns, const float *filters, const int *bins, int bands, float *z, float *out, int row) {
  int before = (n - width)/2, half = n/2 + 1;
  for (int m = 0; m < columns; m++, sound += hop) {
    for (int i = 0; i < n; i++) {
      int from = order[i] - before;
      z[2*i] = from >= 0 && from < width ? sound[order[i]]*window[from] : 0;
      z[2*i + 1] = 0;
    }
    fourier(z, n, turns);
    for (int i = 0; i < half; i++) z[i] = z[2*i]*z[2*i] + z[2*i + 1]*z[2*i + 1];
    const float *filter = filters;
    for (int b = 0; b < bands; b++) {
      float sum = 0;
      for (int i = bins[2*b]; i < bins[2*b + 1]; i++) sum += *filter++*z[i];
      out[b*row + m] = sum;
    }
  }
}
