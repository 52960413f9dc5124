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
