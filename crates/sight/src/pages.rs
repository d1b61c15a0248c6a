//! Slices that lie on large pages of memory, where the system has them.
//!
//! Work that jumps from row to row of a large grid touches a page of 4 kB with every step, and
//! more of them than a processor keeps addresses of; with pages of 2 MB it keeps all.

use std::fmt;
use std::ops::{Deref, DerefMut};

use bytemuck::{AnyBitPattern, NoUninit};
use memmap2::MmapMut;

/// Elements that all start as zeros, on large pages if there are enough of them.
pub(crate) struct Pages<T> {
    memory: Memory<T>,
}

enum Memory<T> {
    Mapped(MmapMut),
    Heap(Vec<T>),
}

/// Less than a large page gains nothing.
const LARGE_BYTES: usize = 2 << 20;

impl<T: AnyBitPattern + NoUninit> Pages<T> {
    pub(crate) fn zeroed(count: usize) -> Self {
        let bytes = count * size_of::<T>();
        let mapped = (bytes >= LARGE_BYTES).then(|| MmapMut::map_anon(bytes).ok()).flatten();
        let memory = mapped.map_or_else(
            || Memory::Heap(vec![T::zeroed(); count]),
            |map| {
                // A system without large pages says so, and small ones do.
                #[cfg(target_os = "linux")]
                map.advise(memmap2::Advice::HugePage).ok();
                Memory::Mapped(map)
            },
        );
        Self { memory }
    }

    pub(crate) fn copied(from: &[T]) -> Self {
        let mut pages = Self::zeroed(from.len());
        pages.copy_from_slice(from);
        pages
    }
}

impl<T: AnyBitPattern + NoUninit> Deref for Pages<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match &self.memory {
            Memory::Mapped(map) => bytemuck::cast_slice(map),
            Memory::Heap(elements) => elements,
        }
    }
}

impl<T: AnyBitPattern + NoUninit> DerefMut for Pages<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        match &mut self.memory {
            Memory::Mapped(map) => bytemuck::cast_slice_mut(map),
            Memory::Heap(elements) => elements,
        }
    }
}

impl<T: AnyBitPattern + NoUninit> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("len", &self.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_elements_are_kept_alike() {
        for count in [0, 3, LARGE_BYTES / 2 - 1, LARGE_BYTES / 2, LARGE_BYTES] {
            let mut pages = Pages::<i16>::zeroed(count);
            assert_eq!(pages.len(), count);
            assert!(pages.iter().all(|&element| element == 0));

            if let Some(last) = pages.last_mut() {
                *last = -5;
            }

            assert_eq!(*Pages::copied(&pages), *pages);
        }
    }
}
