//! The path of plain Rust, for any processor.
#![expect(clippy::inline_always, reason = "each path's instructions must reach the kernel")]

use super::{LANES, Lanes};

/// The token of the plain path.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plain;

type Floats = [f32; LANES];
type Ints = [i32; LANES];

#[inline(always)]
fn each<A: Copy, B: Copy, C>(a: [A; LANES], b: [B; LANES], f: impl Fn(A, B) -> C) -> [C; LANES] {
    std::array::from_fn(|at| f(a[at], b[at]))
}

#[inline(always)]
fn mask<A: Copy>(a: [A; LANES], b: [A; LANES], holds: impl Fn(A, A) -> bool) -> u16 {
    let mut mask = 0;
    for at in 0..LANES {
        mask |= u16::from(holds(a[at], b[at])) << at;
    }
    mask
}

impl Lanes for Plain {
    type F = Floats;
    type I = Ints;

    #[inline(always)]
    fn splat(self, x: f32) -> Floats {
        [x; LANES]
    }

    #[inline(always)]
    fn add(self, a: Floats, b: Floats) -> Floats {
        each(a, b, |a, b| a + b)
    }

    #[inline(always)]
    fn sub(self, a: Floats, b: Floats) -> Floats {
        each(a, b, |a, b| a - b)
    }

    #[inline(always)]
    fn mul(self, a: Floats, b: Floats) -> Floats {
        each(a, b, |a, b| a * b)
    }

    #[inline(always)]
    fn max(self, a: Floats, b: Floats) -> Floats {
        each(a, b, |a, b| if a > b { a } else { b })
    }

    #[inline(always)]
    fn min(self, a: Floats, b: Floats) -> Floats {
        each(a, b, |a, b| if a < b { a } else { b })
    }

    #[inline(always)]
    fn abs(self, a: Floats) -> Floats {
        a.map(f32::abs)
    }

    #[inline(always)]
    fn at_least(self, a: Floats, b: Floats) -> u16 {
        mask(a, b, |a, b| a >= b)
    }

    #[inline(always)]
    fn select(self, mask: u16, a: Floats, b: Floats) -> Floats {
        std::array::from_fn(|at| if mask >> at & 1 == 1 { a[at] } else { b[at] })
    }

    #[inline(always)]
    fn load(self, from: &[f32; LANES]) -> Floats {
        *from
    }

    #[inline(always)]
    fn store(self, into: &mut [f32; LANES], x: Floats) {
        *into = x;
    }

    #[inline(always)]
    fn shift_in(self, before: Floats, x: Floats) -> Floats {
        std::array::from_fn(|at| if at == 0 { before[LANES - 1] } else { x[at - 1] })
    }

    #[inline(always)]
    fn pairs(self, from: &[f32], at: usize, index: Ints) -> (Floats, Floats) {
        let from = &from[at..=at + 2 * LANES];
        let pick = |index: i32, more: usize| from[index.cast_unsigned() as usize + more];
        (index.map(|index| pick(index, 0)), index.map(|index| pick(index, 1)))
    }

    #[inline(always)]
    fn splat_int(self, x: i32) -> Ints {
        [x; LANES]
    }

    #[inline(always)]
    fn ramp(self) -> Ints {
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]
    }

    #[inline(always)]
    fn add_int(self, a: Ints, b: Ints) -> Ints {
        each(a, b, i32::wrapping_add)
    }

    #[inline(always)]
    fn mul_int(self, a: Ints, b: Ints) -> Ints {
        each(a, b, i32::wrapping_mul)
    }

    #[inline(always)]
    fn and_int(self, a: Ints, b: Ints) -> Ints {
        each(a, b, |a, b| a & b)
    }

    #[inline(always)]
    fn shift_right(self, a: Ints, by: Ints) -> Ints {
        each(a, by, |a, by| (a.cast_unsigned() >> by).cast_signed())
    }

    #[inline(always)]
    fn less_int(self, a: Ints, b: Ints) -> u16 {
        mask(a, b, |a, b| a < b)
    }

    #[inline(always)]
    fn equal_int(self, a: Ints, b: Ints) -> u16 {
        mask(a, b, |a, b| a == b)
    }

    #[inline(always)]
    fn to_float(self, a: Ints) -> Floats {
        a.map(|a| a as f32)
    }

    #[inline(always)]
    fn load_posts(self, from: &[i16; LANES]) -> Ints {
        from.map(i32::from)
    }

    #[inline(always)]
    fn fetch<T>(self, _: &[T], _: usize) {}

    #[inline(always)]
    fn extract(self, bits: u16, mut mask: u16) -> u32 {
        let (mut packed, mut at) = (0, 0);
        while mask != 0 {
            packed |= u32::from(bits >> mask.trailing_zeros() & 1) << at;
            at += 1;
            mask &= mask - 1;
        }
        packed
    }
}
