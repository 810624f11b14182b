//! The few vector operations that the kernel needs, for each instruction set.
//!
//! They are written out because arrays are not turned into vectors reliably: measured, a third of the
//! speed was lost to moves of single lanes.

/// A vector of `f64`.
///
/// # Safety
/// All functions may be called only where the machine has the instructions of the type.
pub(crate) trait Vector: Copy {
    /// Numbers in a vector, at most [`LANES_MAX`].
    const LANES: usize;
    /// All lanes are `v`.
    unsafe fn splat(v: f64) -> Self;
    /// The first lanes of a slice, which must be that long.
    unsafe fn load(from: &[f64]) -> Self;
    /// Writes the lanes to a slice, which must be that long.
    unsafe fn store(self, to: &mut [f64]);
    unsafe fn add(self, other: Self) -> Self;
    /// The larger lanes; neither is NaN.
    unsafe fn max(self, other: Self) -> Self;
    /// The smaller lanes; neither is NaN.
    unsafe fn min(self, other: Self) -> Self;
    /// This, and `delta` besides where `x` is `edge` or more; NaN is not.
    unsafe fn add_where_at_least(self, x: Self, edge: Self, delta: Self) -> Self;
    /// `value` where this equals `other`, else `otherwise`.
    unsafe fn if_equal(self, other: Self, value: Self, otherwise: Self) -> Self;
    /// `value` where this is finite, else `otherwise`.
    unsafe fn if_finite(self, value: Self, otherwise: Self) -> Self;
    /// Entries of a table that [`look_up`](Self::look_up) takes at most; 0 where loads one by one are as fast.
    const LOOK_UP_MAX: usize = 0;
    /// `table[code & (table.len() - 1)]` for the first codes of a slice, which must be as long as a vector. The length
    /// of the table is a power of two of at least 16.
    unsafe fn look_up(_codes: &[u32], _table: &[f64]) -> Self {
        unreachable!("tables of no length are looked up")
    }
    /// `table[i]` for the whole number `i` of each lane, its last entry for one beyond it. The table is not empty.
    unsafe fn entries(self, table: &[f64]) -> Self;
    /// Asks for the memory at an address, which need not be valid.
    fn prefetch(_address: *const u8) {}
}

/// The widest vector.
pub(crate) const LANES_MAX: usize = 8;

/// Plain arrays, for other machines and as the reference of the tests.
#[cfg(any(test, not(target_arch = "x86_64")))]
#[derive(Clone, Copy)]
pub(crate) struct Lanes([f64; 2]);

#[cfg(any(test, not(target_arch = "x86_64")))]
impl Vector for Lanes {
    const LANES: usize = 2;

    #[inline(always)]
    unsafe fn splat(v: f64) -> Self {
        Self([v; 2])
    }

    #[inline(always)]
    unsafe fn load(from: &[f64]) -> Self {
        Self([from[0], from[1]])
    }

    #[inline(always)]
    unsafe fn store(self, to: &mut [f64]) {
        to[..2].copy_from_slice(&self.0);
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        Self([self.0[0] + other.0[0], self.0[1] + other.0[1]])
    }

    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        Self([self.0[0].max(other.0[0]), self.0[1].max(other.0[1])])
    }

    #[inline(always)]
    unsafe fn min(self, other: Self) -> Self {
        Self([self.0[0].min(other.0[0]), self.0[1].min(other.0[1])])
    }

    #[inline(always)]
    unsafe fn add_where_at_least(self, x: Self, edge: Self, delta: Self) -> Self {
        Self(std::array::from_fn(|l| self.0[l] + if x.0[l] >= edge.0[l] { delta.0[l] } else { 0.0 }))
    }

    #[inline(always)]
    unsafe fn if_equal(self, other: Self, value: Self, otherwise: Self) -> Self {
        Self(std::array::from_fn(|l| if self.0[l] == other.0[l] { value.0[l] } else { otherwise.0[l] }))
    }

    #[inline(always)]
    unsafe fn if_finite(self, value: Self, otherwise: Self) -> Self {
        Self(std::array::from_fn(|l| if self.0[l].is_finite() { value.0[l] } else { otherwise.0[l] }))
    }

    #[inline(always)]
    unsafe fn entries(self, table: &[f64]) -> Self {
        Self(self.0.map(|i| table[(i as usize).min(table.len() - 1)]))
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::Vector;
    use std::arch::x86_64::*;

    macro_rules! shared {
        ($lanes:literal $splat:ident $load:ident $store:ident $add:ident $max:ident $min:ident) => {
            const LANES: usize = $lanes;

            #[inline(always)]
            unsafe fn splat(v: f64) -> Self {
                // SAFETY: the caller vouches for the instructions.
                unsafe { $splat(v) }
            }

            #[inline(always)]
            unsafe fn load(from: &[f64]) -> Self {
                assert!(from.len() >= $lanes, "a vector is within its slice");
                // SAFETY: the slice is long enough, and the load needs no alignment.
                unsafe { $load(from.as_ptr()) }
            }

            #[inline(always)]
            unsafe fn store(self, to: &mut [f64]) {
                assert!(to.len() >= $lanes, "a vector is within its slice");
                // SAFETY: the slice is long enough, and the store needs no alignment.
                unsafe { $store(to.as_mut_ptr(), self) }
            }

            #[inline(always)]
            fn prefetch(address: *const u8) {
                // SAFETY: the instruction is part of x86-64 and does nothing where the address is wrong.
                unsafe { _mm_prefetch::<_MM_HINT_T1>(address.cast()) }
            }

            #[inline(always)]
            unsafe fn add(self, other: Self) -> Self {
                // SAFETY: the caller vouches for the instructions.
                unsafe { $add(self, other) }
            }

            #[inline(always)]
            unsafe fn max(self, other: Self) -> Self {
                // SAFETY: the caller vouches for the instructions.
                unsafe { $max(self, other) }
            }

            #[inline(always)]
            unsafe fn min(self, other: Self) -> Self {
                // SAFETY: the caller vouches for the instructions.
                unsafe { $min(self, other) }
            }
        };
    }

    impl Vector for __m128d {
        shared!(2 _mm_set1_pd _mm_loadu_pd _mm_storeu_pd _mm_add_pd _mm_max_pd _mm_min_pd);

        #[inline(always)]
        unsafe fn add_where_at_least(self, x: Self, edge: Self, delta: Self) -> Self {
            // SAFETY: SSE2 is part of x86-64.
            unsafe { _mm_add_pd(self, _mm_and_pd(_mm_cmpge_pd(x, edge), delta)) }
        }

        #[inline(always)]
        unsafe fn if_equal(self, other: Self, value: Self, otherwise: Self) -> Self {
            // SAFETY: SSE2 is part of x86-64.
            unsafe { choose(_mm_cmpeq_pd(self, other), value, otherwise) }
        }

        #[inline(always)]
        unsafe fn if_finite(self, value: Self, otherwise: Self) -> Self {
            // SAFETY: SSE2 is part of x86-64.
            unsafe {
                let size = _mm_andnot_pd(_mm_set1_pd(-0.0), self);
                choose(_mm_cmple_pd(size, _mm_set1_pd(f64::MAX)), value, otherwise)
            }
        }

        #[inline(always)]
        unsafe fn entries(self, table: &[f64]) -> Self {
            let mut lanes = [0.0; 2];
            // SAFETY: SSE2 is part of x86-64.
            unsafe {
                self.store(&mut lanes);
                Self::load(&lanes.map(|i| table[(i as usize).min(table.len() - 1)]))
            }
        }
    }

    /// SSE2 has no blend.
    #[inline(always)]
    unsafe fn choose(mask: __m128d, value: __m128d, otherwise: __m128d) -> __m128d {
        // SAFETY: SSE2 is part of x86-64.
        unsafe { _mm_or_pd(_mm_and_pd(mask, value), _mm_andnot_pd(mask, otherwise)) }
    }

    impl Vector for __m256d {
        shared!(4 _mm256_set1_pd _mm256_loadu_pd _mm256_storeu_pd _mm256_add_pd _mm256_max_pd _mm256_min_pd);

        #[inline(always)]
        unsafe fn add_where_at_least(self, x: Self, edge: Self, delta: Self) -> Self {
            // SAFETY: the caller vouches for the instructions.
            unsafe { _mm256_add_pd(self, _mm256_and_pd(_mm256_cmp_pd::<_CMP_GE_OQ>(x, edge), delta)) }
        }

        #[inline(always)]
        unsafe fn if_equal(self, other: Self, value: Self, otherwise: Self) -> Self {
            // SAFETY: the caller vouches for the instructions.
            unsafe { _mm256_blendv_pd(otherwise, value, _mm256_cmp_pd::<_CMP_EQ_OQ>(self, other)) }
        }

        #[inline(always)]
        unsafe fn if_finite(self, value: Self, otherwise: Self) -> Self {
            // SAFETY: the caller vouches for the instructions.
            unsafe {
                let size = _mm256_andnot_pd(_mm256_set1_pd(-0.0), self);
                let finite = _mm256_cmp_pd::<_CMP_LE_OQ>(size, _mm256_set1_pd(f64::MAX));
                _mm256_blendv_pd(otherwise, value, finite)
            }
        }

        #[inline(always)]
        unsafe fn entries(self, table: &[f64]) -> Self {
            assert!(!table.is_empty(), "a table has entries");
            // SAFETY: the caller vouches for the instructions, and no number is beyond the last entry.
            unsafe {
                let at = _mm_min_epu32(_mm256_cvttpd_epi32(self), _mm_set1_epi32(table.len() as i32 - 1));
                _mm256_i32gather_pd::<8>(table.as_ptr(), at)
            }
        }
    }

    impl Vector for __m512d {
        shared!(8 _mm512_set1_pd _mm512_loadu_pd _mm512_storeu_pd _mm512_add_pd _mm512_max_pd _mm512_min_pd);

        #[inline(always)]
        unsafe fn add_where_at_least(self, x: Self, edge: Self, delta: Self) -> Self {
            // SAFETY: the caller vouches for the instructions.
            unsafe { _mm512_mask_add_pd(self, _mm512_cmp_pd_mask::<_CMP_GE_OQ>(x, edge), self, delta) }
        }

        const LOOK_UP_MAX: usize = 64;

        #[inline(always)]
        unsafe fn look_up(codes: &[u32], table: &[f64]) -> Self {
            assert!(codes.len() >= 8 && table.len() >= 16, "a vector is within its slice");
            // SAFETY: the caller vouches for the instructions, the slices are long enough, and loads need no alignment.
            unsafe {
                let at = _mm512_cvtepu32_epi64(_mm256_loadu_si256(codes.as_ptr().cast()));
                let at = _mm512_and_si512(at, _mm512_set1_epi64(table.len() as i64 - 1));
                permuted(at, table)
            }
        }

        #[inline(always)]
        unsafe fn entries(self, table: &[f64]) -> Self {
            assert!(!table.is_empty(), "a table has entries");
            // SAFETY: the caller vouches for the instructions, and no number is beyond the last entry.
            unsafe {
                let at = _mm512_min_epu64(_mm512_cvttpd_epi64(self), _mm512_set1_epi64(table.len() as i64 - 1));
                if table.len() <= Self::LOOK_UP_MAX && table.len().is_multiple_of(16) {
                    return permuted(at, table);
                }
                _mm512_i64gather_pd::<8>(at, table.as_ptr())
            }
        }

        #[inline(always)]
        unsafe fn if_equal(self, other: Self, value: Self, otherwise: Self) -> Self {
            // SAFETY: the caller vouches for the instructions.
            unsafe { _mm512_mask_mov_pd(otherwise, _mm512_cmp_pd_mask::<_CMP_EQ_OQ>(self, other), value) }
        }

        #[inline(always)]
        unsafe fn if_finite(self, value: Self, otherwise: Self) -> Self {
            // SAFETY: the caller vouches for the instructions.
            unsafe {
                let finite = _mm512_cmp_pd_mask::<_CMP_LE_OQ>(_mm512_abs_pd(self), _mm512_set1_pd(f64::MAX));
                _mm512_mask_mov_pd(otherwise, finite, value)
            }
        }
    }

    /// `table[at]` for numbers within the table, which has a multiple of 16 entries: sixteen are looked up by the lowest four
    /// bits of a number, the bits above choose among sixteens.
    #[inline(always)]
    unsafe fn permuted(at: __m512i, table: &[f64]) -> __m512d {
        // SAFETY: the caller vouches for the instructions, and loads need no alignment.
        unsafe {
            let sixteens = _mm512_srli_epi64::<4>(at);
            let mut found = _mm512_setzero_pd();
            for (sixteen, entries) in table.chunks_exact(16).enumerate() {
                let (low, high) = (_mm512_loadu_pd(entries.as_ptr()), _mm512_loadu_pd(entries[8..].as_ptr()));
                let here = _mm512_cmpeq_epi64_mask(sixteens, _mm512_set1_epi64(sixteen as i64));
                found = _mm512_mask_mov_pd(found, here, _mm512_permutex2var_pd(low, at, high));
            }
            found
        }
    }
}
