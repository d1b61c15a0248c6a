//! The path of AVX2: sixteen lanes in two registers.
#![expect(clippy::inline_always, reason = "each path's instructions must reach the kernel")]

use std::arch::x86_64::{
    __m256, __m256i, _CMP_GE_OQ, _MM_HINT_T0, _mm_loadu_si128, _mm_prefetch, _mm256_add_epi32,
    _mm256_add_ps, _mm256_alignr_epi8, _mm256_and_ps, _mm256_and_si256, _mm256_blendv_ps,
    _mm256_castps_si256, _mm256_castsi256_ps, _mm256_cmp_ps, _mm256_cmpeq_epi32,
    _mm256_cmpgt_epi32, _mm256_cvtepi16_epi32, _mm256_cvtepi32_ps, _mm256_i32gather_ps,
    _mm256_loadu_ps, _mm256_max_ps, _mm256_min_ps, _mm256_movemask_ps, _mm256_mul_ps,
    _mm256_mullo_epi32, _mm256_permute2x128_si256, _mm256_set1_epi32, _mm256_set1_ps,
    _mm256_setr_epi32, _mm256_srlv_epi32, _mm256_storeu_ps, _mm256_sub_ps, _pext_u32,
};

use super::{Job, LANES, Lanes};

/// Proof that the processor has what this path needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Avx2(());

impl Avx2 {
    pub(super) fn new() -> Option<Self> {
        (is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("popcnt"))
        .then_some(Self(()))
    }
}

/// Runs a job with this path's instructions.
pub(super) fn run(lanes: Avx2, job: impl Job) {
    #[target_feature(enable = "avx2,bmi2,popcnt")]
    fn inside(lanes: Avx2, job: impl Job) {
        job.run(lanes);
    }
    // SAFETY: the token exists, so the processor has these features.
    unsafe { inside(lanes, job) }
}

type Floats = (__m256, __m256);
type Ints = (__m256i, __m256i);

/// Lanes in one register.
const HALF: usize = LANES / 2;

// SAFETY of every block below: the token exists, so the processor has the instruction; loads and
// stores take a pointer to as many elements as they touch; gathers read up
// to 32 beyond a pointer to 33, their indices cut to five bits.
#[expect(clippy::undocumented_unsafe_blocks, reason = "one reason for all, given above")]
impl Lanes for Avx2 {
    type F = Floats;
    type I = Ints;

    #[inline(always)]
    fn splat(self, x: f32) -> Floats {
        let x = unsafe { _mm256_set1_ps(x) };
        (x, x)
    }

    #[inline(always)]
    fn add(self, a: Floats, b: Floats) -> Floats {
        unsafe { (_mm256_add_ps(a.0, b.0), _mm256_add_ps(a.1, b.1)) }
    }

    #[inline(always)]
    fn sub(self, a: Floats, b: Floats) -> Floats {
        unsafe { (_mm256_sub_ps(a.0, b.0), _mm256_sub_ps(a.1, b.1)) }
    }

    #[inline(always)]
    fn mul(self, a: Floats, b: Floats) -> Floats {
        unsafe { (_mm256_mul_ps(a.0, b.0), _mm256_mul_ps(a.1, b.1)) }
    }

    #[inline(always)]
    fn max(self, a: Floats, b: Floats) -> Floats {
        unsafe { (_mm256_max_ps(a.0, b.0), _mm256_max_ps(a.1, b.1)) }
    }

    #[inline(always)]
    fn min(self, a: Floats, b: Floats) -> Floats {
        unsafe { (_mm256_min_ps(a.0, b.0), _mm256_min_ps(a.1, b.1)) }
    }

    #[inline(always)]
    fn abs(self, a: Floats) -> Floats {
        unsafe {
            let but_sign = _mm256_castsi256_ps(_mm256_set1_epi32(i32::MAX));
            (_mm256_and_ps(a.0, but_sign), _mm256_and_ps(a.1, but_sign))
        }
    }

    #[inline(always)]
    fn at_least(self, a: Floats, b: Floats) -> u16 {
        unsafe {
            joined(_mm256_cmp_ps::<_CMP_GE_OQ>(a.0, b.0), _mm256_cmp_ps::<_CMP_GE_OQ>(a.1, b.1))
        }
    }

    #[inline(always)]
    fn select(self, mask: u16, a: Floats, b: Floats) -> Floats {
        unsafe {
            (
                _mm256_blendv_ps(b.0, a.0, spread(mask)),
                _mm256_blendv_ps(b.1, a.1, spread(mask >> HALF)),
            )
        }
    }

    #[inline(always)]
    fn load(self, from: &[f32; LANES]) -> Floats {
        unsafe { (_mm256_loadu_ps(from.as_ptr()), _mm256_loadu_ps(from.as_ptr().add(HALF))) }
    }

    #[inline(always)]
    fn store(self, into: &mut [f32; LANES], x: Floats) {
        unsafe {
            _mm256_storeu_ps(into.as_mut_ptr(), x.0);
            _mm256_storeu_ps(into.as_mut_ptr().add(HALF), x.1);
        }
    }

    #[inline(always)]
    fn shift_in(self, before: Floats, x: Floats) -> Floats {
        unsafe { (shifted(before.1, x.0), shifted(x.0, x.1)) }
    }

    #[inline(always)]
    fn pairs(self, from: &[f32], at: usize, index: Ints) -> (Floats, Floats) {
        let from = &from[at..=at + 2 * LANES];
        unsafe {
            let low_bits = _mm256_set1_epi32(31);
            let index = (_mm256_and_si256(index.0, low_bits), _mm256_and_si256(index.1, low_bits));
            let (near, far) = (from.as_ptr(), from.as_ptr().add(1));
            (
                (_mm256_i32gather_ps::<4>(near, index.0), _mm256_i32gather_ps::<4>(near, index.1)),
                (_mm256_i32gather_ps::<4>(far, index.0), _mm256_i32gather_ps::<4>(far, index.1)),
            )
        }
    }

    #[inline(always)]
    fn splat_int(self, x: i32) -> Ints {
        let x = unsafe { _mm256_set1_epi32(x) };
        (x, x)
    }

    #[inline(always)]
    fn ramp(self) -> Ints {
        unsafe {
            (
                _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7),
                _mm256_setr_epi32(8, 9, 10, 11, 12, 13, 14, 15),
            )
        }
    }

    #[inline(always)]
    fn add_int(self, a: Ints, b: Ints) -> Ints {
        unsafe { (_mm256_add_epi32(a.0, b.0), _mm256_add_epi32(a.1, b.1)) }
    }

    #[inline(always)]
    fn mul_int(self, a: Ints, b: Ints) -> Ints {
        unsafe { (_mm256_mullo_epi32(a.0, b.0), _mm256_mullo_epi32(a.1, b.1)) }
    }

    #[inline(always)]
    fn and_int(self, a: Ints, b: Ints) -> Ints {
        unsafe { (_mm256_and_si256(a.0, b.0), _mm256_and_si256(a.1, b.1)) }
    }

    #[inline(always)]
    fn shift_right(self, a: Ints, by: Ints) -> Ints {
        unsafe { (_mm256_srlv_epi32(a.0, by.0), _mm256_srlv_epi32(a.1, by.1)) }
    }

    #[inline(always)]
    fn less_int(self, a: Ints, b: Ints) -> u16 {
        unsafe {
            joined(
                _mm256_castsi256_ps(_mm256_cmpgt_epi32(b.0, a.0)),
                _mm256_castsi256_ps(_mm256_cmpgt_epi32(b.1, a.1)),
            )
        }
    }

    #[inline(always)]
    fn equal_int(self, a: Ints, b: Ints) -> u16 {
        unsafe {
            joined(
                _mm256_castsi256_ps(_mm256_cmpeq_epi32(a.0, b.0)),
                _mm256_castsi256_ps(_mm256_cmpeq_epi32(a.1, b.1)),
            )
        }
    }

    #[inline(always)]
    fn to_float(self, a: Ints) -> Floats {
        unsafe { (_mm256_cvtepi32_ps(a.0), _mm256_cvtepi32_ps(a.1)) }
    }

    #[inline(always)]
    fn load_posts(self, from: &[i16; LANES]) -> Ints {
        unsafe {
            let (low, high) = (from.as_ptr().cast(), from.as_ptr().add(HALF).cast());
            (
                _mm256_cvtepi16_epi32(_mm_loadu_si128(low)),
                _mm256_cvtepi16_epi32(_mm_loadu_si128(high)),
            )
        }
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

/// The signs of two registers as one mask.
#[inline(always)]
unsafe fn joined(low: __m256, high: __m256) -> u16 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "eight bits each")]
    // SAFETY: only called by this path's lanes.
    unsafe {
        _mm256_movemask_ps(low) as u16 | (_mm256_movemask_ps(high) as u16) << HALF
    }
}

/// Lane 7 of `before`, then lanes 0 to 6 of `x`.
#[inline(always)]
unsafe fn shifted(before: __m256, x: __m256) -> __m256 {
    // SAFETY: only called by this path's lanes.
    unsafe {
        let (before, x) = (_mm256_castps_si256(before), _mm256_castps_si256(x));
        let joint = _mm256_permute2x128_si256::<0x21>(before, x);
        _mm256_castsi256_ps(_mm256_alignr_epi8::<12>(x, joint))
    }
}

/// The lowest eight bits of a mask as lanes of all ones or none.
#[inline(always)]
unsafe fn spread(mask: u16) -> __m256 {
    // SAFETY: only called by this path's lanes.
    unsafe {
        let bits = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
        let set = _mm256_and_si256(_mm256_set1_epi32(mask.into()), bits);
        _mm256_castsi256_ps(_mm256_cmpeq_epi32(set, bits))
    }
}
