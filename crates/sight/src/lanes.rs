//! Sixteen lanes at a time: plain Rust, AVX2 or AVX-512, the same bits whichever runs.
//!
//! A kernel is written once over [`Lanes`]. Every operation rounds once and in the same order on
//! every path, nothing is fused, and `max` and `min` treat zeros alike, so results are equal bit by
//! bit. This is the one module that may hold unsafe code: a token of a path exists only where the
//! processor has it, and slices are cut to length before a pointer to them is used.
#![expect(clippy::inline_always, reason = "each path's instructions must reach the kernel")]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod plain;

/// Lanes in a vector on every path.
pub(crate) const LANES: usize = 16;
/// The same, for offsets.
pub(crate) const WIDTH: isize = LANES.cast_signed();

/// How vectors are computed. All paths give the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Path {
    /// Plain Rust.
    Scalar,
    /// Two vectors of eight lanes.
    Avx2,
    /// One vector of sixteen lanes.
    Avx512,
}

impl Path {
    /// The paths that this processor can take, widest last.
    pub fn available() -> Vec<Self> {
        [Self::Scalar, Self::Avx2, Self::Avx512].into_iter().filter(|path| path.is_here()).collect()
    }

    /// The widest path of this processor.
    pub fn widest() -> Self {
        if Self::Avx512.is_here() {
            Self::Avx512
        } else if Self::Avx2.is_here() {
            Self::Avx2
        } else {
            Self::Scalar
        }
    }

    #[cfg(target_arch = "x86_64")]
    fn is_here(self) -> bool {
        match self {
            Self::Scalar => true,
            Self::Avx2 => avx2::Avx2::new().is_some(),
            Self::Avx512 => avx512::Avx512::new().is_some(),
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn is_here(self) -> bool {
        self == Self::Scalar
    }
}

/// Work that is written once for all paths. `run` must be `#[inline(always)]`, so that each path's
/// instructions reach it.
pub(crate) trait Job {
    fn run<L: Lanes>(self, lanes: L);
}

/// Runs a job on a path, or on plain Rust where the processor lacks it.
pub(crate) fn run(path: Path, job: impl Job) {
    #[cfg(target_arch = "x86_64")]
    match path {
        Path::Avx512 => {
            if let Some(lanes) = avx512::Avx512::new() {
                return avx512::run(lanes, job);
            }
        }
        Path::Avx2 => {
            if let Some(lanes) = avx2::Avx2::new() {
                return avx2::run(lanes, job);
            }
        }
        Path::Scalar => {}
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = path;
    job.run(plain::Plain);
}

/// Sixteen neighbours from `at` on.
#[inline(always)]
pub(crate) fn vector<T>(from: &[T], at: usize) -> &[T; LANES] {
    from[at..].first_chunk().expect("rows have room for whole vectors")
}

/// As [`vector`], to write.
#[inline(always)]
pub(crate) fn vector_mut<T>(from: &mut [T], at: usize) -> &mut [T; LANES] {
    from[at..].first_chunk_mut().expect("rows have room for whole vectors")
}

/// Operations on sixteen lanes. Masks hold lane 0 in their lowest bit.
pub(crate) trait Lanes: Copy {
    type F: Copy;
    type I: Copy;

    fn splat(self, x: f32) -> Self::F;
    fn add(self, a: Self::F, b: Self::F) -> Self::F;
    fn sub(self, a: Self::F, b: Self::F) -> Self::F;
    fn mul(self, a: Self::F, b: Self::F) -> Self::F;
    /// `a` where it is greater, else `b`.
    fn max(self, a: Self::F, b: Self::F) -> Self::F;
    /// `a` where it is less, else `b`.
    fn min(self, a: Self::F, b: Self::F) -> Self::F;
    fn abs(self, a: Self::F) -> Self::F;
    fn at_least(self, a: Self::F, b: Self::F) -> u16;
    /// `a` where the mask is set, else `b`.
    fn select(self, mask: u16, a: Self::F, b: Self::F) -> Self::F;
    fn load(self, from: &[f32; LANES]) -> Self::F;
    fn store(self, into: &mut [f32; LANES], x: Self::F);
    /// Lane 15 of `before`, then lanes 0 to 14 of `x`.
    fn shift_in(self, before: Self::F, x: Self::F) -> Self::F;
    /// `from[at + index]` and `from[at + index + 1]` for indices from 0 to 16;
    /// `from` must hold 33 from `at` on.
    fn pairs(self, from: &[f32], at: usize, index: Self::I) -> (Self::F, Self::F);

    fn splat_int(self, x: i32) -> Self::I;
    /// 0, 1, 2 and so on to 15.
    fn ramp(self) -> Self::I;
    fn add_int(self, a: Self::I, b: Self::I) -> Self::I;
    fn mul_int(self, a: Self::I, b: Self::I) -> Self::I;
    fn and_int(self, a: Self::I, b: Self::I) -> Self::I;
    /// Shifts right without sign.
    fn shift_right(self, a: Self::I, by: Self::I) -> Self::I;
    fn less_int(self, a: Self::I, b: Self::I) -> u16;
    fn equal_int(self, a: Self::I, b: Self::I) -> u16;
    fn to_float(self, a: Self::I) -> Self::F;
    fn load_posts(self, from: &[i16; LANES]) -> Self::I;
    /// Asks for an element to be near when it is wanted; beyond the slice nothing happens.
    fn fetch<T>(self, from: &[T], at: usize);

    /// The bits of `bits` where `mask` is set, moved together.
    fn extract(self, bits: u16, mask: u16) -> u32;
}
