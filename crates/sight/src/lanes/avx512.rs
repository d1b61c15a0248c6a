//! The path of AVX-512: sixteen lanes in one register, masks in mask registers.
#![expect(clippy::inline_always, reason = "each path's instructions must reach the kernel")]

use std::arch::x86_64::{
    __m512, __m512i, _CMP_GE_OQ, _MM_HINT_T0, _mm_prefetch, _mm256_loadu_si256, _mm512_abs_ps,
    _mm512_add_epi32, _mm512_add_ps, _mm512_alignr_epi32, _mm512_and_si512, _mm512_castps_si512,
    _mm512_castsi512_ps, _mm512_cmp_ps_mask, _mm512_cmpeq_epi32_mask, _mm512_cmplt_epi32_mask,
    _mm512_cvtepi16_epi32, _mm512_cvtepi32_ps, _mm512_loadu_ps, _mm512_mask_blend_ps,
    _mm512_max_ps, _mm512_min_ps, _mm512_mul_ps, _mm512_mullo_epi32, _mm512_permutex2var_ps,
    _mm512_set1_epi32, _mm512_set1_ps, _mm512_setr_epi32, _mm512_srlv_epi32, _mm512_storeu_ps,
    _mm512_sub_ps, _pext_u32,
};

use super::{Job, LANES, Lanes};

/// Proof that the processor has what this path needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Avx512(());

impl Avx512 {
    pub(super) fn new() -> Option<Self> {
        (is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("popcnt"))
        .then_some(Self(()))
    }
}

/// Runs a job with this path's instructions.
pub(super) fn run(lanes: Avx512, job: impl Job) {
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,bmi2,popcnt")]
    fn inside(lanes: Avx512, job: impl Job) {
        job.run(lanes);
    }
    // SAFETY: the token exists, so the processor has these features.
    unsafe { inside(lanes, job) }
}

// SAFETY of every block below: the token exists, so the processor has the instruction; loads and
// stores take a pointer to as many elements as they touch.
#[expect(clippy::undocumented_unsafe_blocks, reason = "one reason for all, given above")]
impl Lanes for Avx512 {
    type F = __m512;
    type I = __m512i;

    #[inline(always)]
    fn splat(self, x: f32) -> __m512 {
        unsafe { _mm512_set1_ps(x) }
    }

    #[inline(always)]
    fn add(self, a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_add_ps(a, b) }
    }

    #[inline(always)]
    fn sub(self, a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_sub_ps(a, b) }
    }

    #[inline(always)]
    fn mul(self, a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_mul_ps(a, b) }
    }

    #[inline(always)]
    fn max(self, a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_max_ps(a, b) }
    }

    #[inline(always)]
    fn min(self, a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_min_ps(a, b) }
    }

    #[inline(always)]
    fn abs(self, a: __m512) -> __m512 {
        unsafe { _mm512_abs_ps(a) }
    }

    #[inline(always)]
    fn at_least(self, a: __m512, b: __m512) -> u16 {
        unsafe { _mm512_cmp_ps_mask::<_CMP_GE_OQ>(a, b) }
    }

    #[inline(always)]
    fn select(self, mask: u16, a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_mask_blend_ps(mask, b, a) }
    }

    #[inline(always)]
    fn load(self, from: &[f32; LANES]) -> __m512 {
        unsafe { _mm512_loadu_ps(from.as_ptr()) }
    }

    #[inline(always)]
    fn store(self, into: &mut [f32; LANES], x: __m512) {
        unsafe { _mm512_storeu_ps(into.as_mut_ptr(), x) }
    }

    #[inline(always)]
    fn shift_in(self, before: __m512, x: __m512) -> __m512 {
        unsafe {
            let (before, x) = (_mm512_castps_si512(before), _mm512_castps_si512(x));
            _mm512_castsi512_ps(_mm512_alignr_epi32::<15>(x, before))
        }
    }

    #[inline(always)]
    fn pairs(self, from: &[f32], at: usize, index: __m512i) -> (__m512, __m512) {
        let from = &from[at..=at + 2 * LANES];
        unsafe {
            let low = _mm512_loadu_ps(from.as_ptr());
            let high = _mm512_loadu_ps(from.as_ptr().add(LANES));
            let next = _mm512_add_epi32(index, _mm512_set1_epi32(1));
            (_mm512_permutex2var_ps(low, index, high), _mm512_permutex2var_ps(low, next, high))
        }
    }

    #[inline(always)]
    fn splat_int(self, x: i32) -> __m512i {
        unsafe { _mm512_set1_epi32(x) }
    }

    #[inline(always)]
    fn ramp(self) -> __m512i {
        unsafe { _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) }
    }

    #[inline(always)]
    fn add_int(self, a: __m512i, b: __m512i) -> __m512i {
        unsafe { _mm512_add_epi32(a, b) }
    }

    #[inline(always)]
    fn mul_int(self, a: __m512i, b: __m512i) -> __m512i {
        unsafe { _mm512_mullo_epi32(a, b) }
    }

    #[inline(always)]
    fn and_int(self, a: __m512i, b: __m512i) -> __m512i {
        unsafe { _mm512_and_si512(a, b) }
    }

    #[inline(always)]
    fn shift_right(self, a: __m512i, by: __m512i) -> __m512i {
        unsafe { _mm512_srlv_epi32(a, by) }
    }

    #[inline(always)]
    fn less_int(self, a: __m512i, b: __m512i) -> u16 {
        unsafe { _mm512_cmplt_epi32_mask(a, b) }
    }

    #[inline(always)]
    fn equal_int(self, a: __m512i, b: __m512i) -> u16 {
        unsafe { _mm512_cmpeq_epi32_mask(a, b) }
    }

    #[inline(always)]
    fn to_float(self, a: __m512i) -> __m512 {
        unsafe { _mm512_cvtepi32_ps(a) }
    }

    #[inline(always)]
    fn load_posts(self, from: &[i16; LANES]) -> __m512i {
        unsafe { _mm512_cvtepi16_epi32(_mm256_loadu_si256(from.as_ptr().cast())) }
    }

    #[inline(always)]
    fn fetch<T>(self, from: &[T], at: usize) {
        if let Some(element) = from.get(at) {
            unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(element).cast()) }
        }
    }

    #[inline(always)]
    fn extract(self, bits: u16, mask: u16) -> u32 {
        unsafe { _pext_u32(bits.into(), mask.into()) }
    }
}
