// The instruction set that the Swift code beside this header is compiled for, as the compiler's own
// macros tell it; Swift has no such macros.
#if defined(__AVX512F__) && defined(__AVX512VL__) && defined(__AVX512BW__)
static const int target_x86_64_level = 4;
#elif defined(__AVX2__) && defined(__FMA__)
static const int target_x86_64_level = 3;
#elif defined(__SSE4_2__)
static const int target_x86_64_level = 2;
#else
static const int target_x86_64_level = 1;
#endif

// Asks for the cache line of an address ahead of its use.
static inline void prefetch(const void *address) { __builtin_prefetch(address); }

// Sixteen numbers in registers; Swift's SIMD16<Float>, SIMD16<UInt32> and SIMD16<UInt8>.
typedef float lanes16 __attribute__((ext_vector_type(16)));
typedef unsigned integers16 __attribute__((ext_vector_type(16)));
typedef unsigned char bytes16 __attribute__((ext_vector_type(16)));

// Conversions of all numbers at once. Those of Swift's library go from number to number, and the
// compiler inlines only a few of their calls.
static inline integers16 widened16(bytes16 x) { return __builtin_convertvector(x, integers16); }
static inline bytes16 narrowed16(integers16 x) { return __builtin_convertvector(x, bytes16); }
static inline lanes16 floats16(bytes16 x) { return __builtin_convertvector(x, lanes16); }

// max(x, 0) that propagates NaN. The compiler makes one instruction of it.
static inline lanes16 relu16(lanes16 x) { return x < (lanes16)0 ? (lanes16)0 : x; }

// x where y is above 0 or NaN, else 0.
static inline lanes16 masked16(lanes16 x, lanes16 y) { return y <= (lanes16)0 ? (lanes16)0 : x; }

// Sixteen integers in registers, and sixteen bytes.
typedef int lanes16i __attribute__((ext_vector_type(16)));
typedef unsigned char bytes16 __attribute__((ext_vector_type(16)));

// Whether x is larger than y or NaN: all bits of a lane or none.
static inline lanes16i is_larger16(lanes16 x, lanes16 y) { return (x > y) | (x != x); }

// x where a mask is set, else y.
static inline lanes16 select16(lanes16i mask, lanes16 x, lanes16 y) { return mask ? x : y; }
static inline lanes16i select16i(lanes16i mask, lanes16i x, lanes16i y) { return mask ? x : y; }

// The lowest byte of each lane.
static inline bytes16 low_bytes16(lanes16i x) { return __builtin_convertvector(x, bytes16); }

// Stores 16 numbers past the caches, for data that is not read again soon: the cache line is not fetched
// before it is overwritten. Only whole lines can be stored so; others take the usual way.
static inline void stream16(float *target, lanes16 x) {
  if (((unsigned long)target & 63) == 0) {
    __builtin_nontemporal_store(x, (lanes16 *)target);
  } else {
    __builtin_memcpy(target, &x, sizeof x);
  }
}

// Orders the stores of stream16 before all later stores, so that other threads see them.
static inline void stream_fence(void) {
#if defined(__x86_64__)
  __builtin_ia32_sfence();
#endif
}
