//! Bodies as the journal holds them: zstd, as fast as it goes.

use std::cell::RefCell;
use std::io;

use zstd::bulk::{Compressor, Decompressor};

/// Faster than the first level: no tables are built for letters, which costs a short body more than all
/// the rest. It grows by a quarter; a body is read once or twice and goes after a month.
const LEVEL: i32 = -1;

/// No webhook is larger; a row that claims to be is damaged.
const LARGEST: usize = 16 << 20;

thread_local! {
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// Packs a body.
pub(super) fn pack(body: &[u8]) -> io::Result<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|slot| {
        let compressor = match slot {
            Some(compressor) => compressor,
            None => slot.insert(Compressor::new(LEVEL)?),
        };
        compressor.compress(body)
    })
}

/// The body again.
pub(super) fn unpack(packed: &[u8]) -> io::Result<Vec<u8>> {
    let size = Decompressor::upper_bound(packed).unwrap_or(LARGEST);
    DECOMPRESSOR.with_borrow_mut(|slot| {
        let decompressor = match slot {
            Some(decompressor) => decompressor,
            None => slot.insert(Decompressor::new()?),
        };
        decompressor.decompress(packed, size.min(LARGEST))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_comes_out_as_it_went_in() {
        for body in [b"".to_vec(), b"{}".to_vec(), vec![7; 3 << 20]] {
            assert_eq!(unpack(&pack(&body).unwrap()).unwrap(), body);
        }
    }

    #[test]
    fn damage_is_an_error() {
        let mut packed = pack(b"{\"object\":\"whatsapp_business_account\"}").unwrap();
        packed.truncate(packed.len() - 3);
        assert!(unpack(&packed).is_err());
    }
}
