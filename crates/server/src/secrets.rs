//! The master key, and everything that comes of it.
//!
//! One file holds it: a line is 32 bytes in base64. The first line seals; further lines only open what
//! was sealed under them, so a key is changed by putting a new line on top. Everything else is derived,
//! one key per purpose: a ciphertext, a cookie and a link can never stand for each other. Sessions and
//! links hang on the first line and end when it changes.

mod key_file;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{ChannelId, WorkspaceId};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use store::{Chance, TokenHash};
use subtle::ConstantTimeEq;

pub use key_file::{KeyFileError, key_file};
use key_file::{MasterKeys, create, read_file};

/// The layout of a ciphertext: this byte, 4 bytes of key id, 12 of nonce, the data and its tag.
const VERSION: u8 = 1;
const KEY_ID: usize = 4;
const NONCE: usize = 12;
const HEAD: usize = 1 + KEY_ID + NONCE;

/// Why a ciphertext did not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Too short, or of a layout this program does not know.
    #[error("this is no ciphertext of ours")]
    NotSealed,
    /// Its key is not in the file.
    #[error("sealed under a master key that is not in the file")]
    OtherKey,
    /// Changed, or moved from another place.
    #[error("the ciphertext was changed or belongs to another place")]
    Refused,
}

/// Where a ciphertext lives. It opens nowhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Whose it is; `None`: the install's.
    pub workspace: Option<WorkspaceId>,
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The key of the row, as text.
    pub row: String,
}

impl Place {
    /// The access token of a channel.
    #[must_use]
    pub fn channel_token(workspace: WorkspaceId, channel: ChannelId) -> Self {
        Self {
            workspace: Some(workspace),
            table: "channels",
            column: "token",
            row: channel.to_string(),
        }
    }

    /// A column of an app of the provider.
    #[must_use]
    pub fn app(name: &str, column: &'static str) -> Self {
        Self {
            workspace: None,
            table: "apps",
            column,
            row: name.to_owned(),
        }
    }

    /// The place as bytes; lengths keep one field from running into the next.
    fn into_bytes(self) -> Vec<u8> {
        let workspace = self.workspace.map_or_else(String::new, |w| w.to_string());
        let mut bytes = Vec::new();
        for field in [&workspace, self.table, self.column, &self.row] {
            bytes.extend((field.len() as u64).to_be_bytes());
            bytes.extend(field.as_bytes());
        }
        bytes
    }
}

/// What a browser or a link carries: 32 random bytes. Only its hash is stored.
#[derive(Clone)]
pub struct Token([u8; 32]);

impl Token {
    /// Reads [`Self::text`] back.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// As it stands in cookies and addresses.
    #[must_use]
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

/// Seals, opens, and hashes tokens. Cheap to clone.
#[derive(Clone)]
pub struct Secrets(Arc<Keys>);

struct Keys {
    current: SealingKey,
    older: Vec<SealingKey>,
    session: [u8; 32],
    link: [u8; 32],
    subject: [u8; 32],
    media: [u8; 32],
    chance: Chance,
}

struct SealingKey {
    id: [u8; KEY_ID],
    cipher: Aes256Gcm,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(..)")
    }
}

impl Secrets {
    /// Reads the master key. Where there is no data yet (`may_create`), a missing file is made, readable
    /// by its owner only; where there is data, a new key could open none of its secrets.
    pub fn load_or_create(
        path: &Path,
        may_create: bool,
        chance: Chance,
    ) -> Result<Self, KeyFileError> {
        let keys = match read_file(path) {
            Err(KeyFileError::Missing { .. }) if may_create => {
                create(path)?;
                tracing::info!(
                    "Made the master key {}: no backup holds it, keep a copy",
                    path.display()
                );
                read_file(path)?
            }
            read => read?,
        };
        Ok(Self::from_keys(keys, chance))
    }

    /// Reads the master key.
    pub fn load(path: &Path, chance: Chance) -> Result<Self, KeyFileError> {
        Ok(Self::from_keys(read_file(path)?, chance))
    }

    /// From one key, for tests and for whoever keeps nothing.
    #[must_use]
    pub fn from_key(key: [u8; 32], chance: Chance) -> Self {
        let older = Vec::new();
        Self::from_keys(MasterKeys { key, older }, chance)
    }

    fn from_keys(keys: MasterKeys, chance: Chance) -> Self {
        let MasterKeys { key, older } = keys;
        Self(Arc::new(Keys {
            current: SealingKey::of(&key),
            older: older.iter().map(SealingKey::of).collect(),
            session: derive(&key, "session"),
            link: derive(&key, "link"),
            subject: derive(&key, "subject"),
            media: derive(&key, "media"),
            chance,
        }))
    }

    /// Encrypts `plain` for one place.
    #[must_use]
    pub fn seal(&self, place: Place, plain: &[u8]) -> Vec<u8> {
        let key = &self.0.current;
        let nonce: [u8; NONCE] = self.0.chance.bytes();
        let data = key.encrypt(nonce, plain, &place.into_bytes());
        let mut sealed = Vec::with_capacity(HEAD + data.len());
        sealed.push(VERSION);
        sealed.extend(key.id);
        sealed.extend(nonce);
        sealed.extend(data);
        sealed
    }

    /// Decrypts what was sealed for this place.
    pub fn open(&self, place: Place, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        let (head, data) = sealed.split_at_checked(HEAD).ok_or(OpenError::NotSealed)?;
        let (id, nonce) = head[1..].split_at(KEY_ID);
        if head[0] != VERSION {
            return Err(OpenError::NotSealed);
        }
        let key = std::iter::once(&self.0.current)
            .chain(&self.0.older)
            .find(|key| key.id == id)
            .ok_or(OpenError::OtherKey)?;
        let aad = &place.into_bytes();
        key.cipher
            .decrypt(Nonce::from_slice(nonce), Payload { msg: data, aad })
            .map_err(|_| OpenError::Refused)
    }

    /// A fresh token.
    #[must_use]
    pub fn new_token(&self) -> Token {
        Token(self.random())
    }

    /// Fresh random bytes.
    #[must_use]
    pub fn random<const N: usize>(&self) -> [u8; N] {
        self.0.chance.bytes()
    }

    /// What is stored of a session's token.
    #[must_use]
    pub fn session_hash(&self, token: &Token) -> TokenHash {
        TokenHash(hash(&self.0.session, &token.0))
    }

    /// What is stored of a link's token.
    #[must_use]
    pub fn link_hash(&self, token: &Token) -> TokenHash {
        TokenHash(hash(&self.0.link, &token.0))
    }

    /// What proves that an address of a file is ours.
    #[must_use]
    pub fn media_mark(&self, what: &str) -> String {
        URL_SAFE_NO_PAD.encode(hash(&self.0.media, what.as_bytes()))
    }

    /// Whether a mark is [`Self::media_mark`]'s, in the same time whatever it is.
    #[must_use]
    pub fn is_media_mark(&self, what: &str, mark: &str) -> bool {
        self.media_mark(what)
            .as_bytes()
            .ct_eq(mark.as_bytes())
            .into()
    }

    /// An opaque name for somebody or some place whose tries are counted. What people type where an
    /// address belongs may be anything, a password too.
    #[must_use]
    pub fn subject(&self, kind: &str, typed: &str) -> String {
        hex::encode(hash(&self.0.subject, format!("{kind}\0{typed}").as_bytes()))
    }
}

impl SealingKey {
    fn of(master: &[u8; 32]) -> Self {
        let id: [u8; 32] = derive(master, "key id");
        Self {
            id: [id[0], id[1], id[2], id[3]],
            cipher: Aes256Gcm::new(&derive(master, "seal").into()),
        }
    }

    fn encrypt(&self, nonce: [u8; NONCE], msg: &[u8], aad: &[u8]) -> Vec<u8> {
        self.cipher
            .encrypt(&Nonce::from(nonce), Payload { msg, aad })
            .expect("AES-GCM takes 64 GiB")
    }
}

/// The key for one purpose.
fn derive(master: &[u8; 32], purpose: &str) -> [u8; 32] {
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(None, master)
        .expand_multi_info(&[b"charla 1 ", purpose.as_bytes()], &mut key)
        .expect("HKDF-SHA-256 gives up to 8,160 bytes");
    key
}

fn hash(key: &[u8; 32], what: &[u8]) -> [u8; 32] {
    let mut mac =
        <Hmac<Sha256> as Mac>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(what);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;

    fn secrets(key: u8) -> Secrets {
        Secrets::from_key([key; 32], Chance::seeded(1))
    }

    fn place() -> Place {
        let workspace = WorkspaceId::new(Timestamp::UNIX_EPOCH, [1; 10]);
        Place::channel_token(workspace, ChannelId::new(Timestamp::UNIX_EPOCH, [2; 10]))
    }

    #[test]
    fn what_was_sealed_opens_in_its_place_and_nowhere_else() {
        let sealed = secrets(1).seal(place(), b"EAAG-token");
        assert_eq!(
            secrets(1).open(place(), &sealed).as_deref(),
            Ok(&b"EAAG-token"[..])
        );
        let elsewhere = [
            Place {
                workspace: None,
                ..place()
            },
            Place {
                workspace: Some(WorkspaceId::new(Timestamp::UNIX_EPOCH, [9; 10])),
                ..place()
            },
            Place {
                table: "apps",
                ..place()
            },
            Place {
                column: "secret",
                ..place()
            },
            Place {
                row: format!("{}x", place().row),
                ..place()
            },
            Place {
                table: "channelst",
                column: "oken",
                ..place()
            },
        ];
        for other in elsewhere {
            assert_eq!(
                secrets(1).open(other.clone(), &sealed),
                Err(OpenError::Refused),
                "{other:?}"
            );
        }
    }

    #[test]
    fn no_bit_of_a_ciphertext_may_change() {
        let sealed = secrets(1).seal(place(), b"EAAG-token");
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(secrets(1).open(place(), &changed).is_err(), "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert!(
                secrets(1).open(place(), &sealed[..length]).is_err(),
                "{length} bytes"
            );
        }
    }

    #[test]
    fn another_key_opens_nothing_and_an_old_one_below_it_still_does() {
        let sealed = secrets(1).seal(place(), b"EAAG-token");
        assert_eq!(secrets(2).open(place(), &sealed), Err(OpenError::OtherKey));
        let older = vec![[1; 32]];
        let keys = MasterKeys {
            key: [2; 32],
            older,
        };
        let rotated = Secrets::from_keys(keys, Chance::seeded(1));
        assert_eq!(
            rotated.open(place(), &sealed).as_deref(),
            Ok(&b"EAAG-token"[..])
        );
        let anew = rotated.seal(place(), b"EAAG-token");
        assert_eq!(secrets(1).open(place(), &anew), Err(OpenError::OtherKey));
    }

    #[test]
    fn the_same_text_is_never_sealed_to_the_same_bytes() {
        let secrets = secrets(1);
        assert_ne!(secrets.seal(place(), b"x"), secrets.seal(place(), b"x"));
    }

    #[test]
    fn a_token_reads_back_and_its_hashes_depend_on_purpose_and_key() {
        let token = secrets(1).new_token();
        let again = Token::parse(&token.text()).unwrap();
        assert_eq!(
            secrets(1).session_hash(&token),
            secrets(1).session_hash(&again)
        );
        assert_ne!(
            secrets(1).session_hash(&token),
            secrets(1).link_hash(&token)
        );
        assert_ne!(
            secrets(1).session_hash(&token),
            secrets(2).session_hash(&token)
        );
        for bad in [
            "",
            "abc",
            &token.text()[1..],
            &format!("{}=", token.text()),
            &format!("{}A", token.text()),
        ] {
            assert!(Token::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn nothing_secret_is_printed() {
        let (secrets, token) = (secrets(1), secrets(1).new_token());
        assert_eq!(format!("{secrets:?} {token:?}"), "Secrets(..) Token(..)");
    }

    #[test]
    fn the_file_is_made_once_for_its_owner_only_and_never_beside_data() {
        let folder = tempfile::tempdir().unwrap();
        let path = key_file(None, &folder.path().join("data"));
        let beside_data = Secrets::load_or_create(&path, false, Chance::from_os()).unwrap_err();
        assert!(
            beside_data.to_string().contains("CHARLA_MASTER_KEY_FILE"),
            "{beside_data}"
        );
        let first = Secrets::load_or_create(&path, true, Chance::from_os()).unwrap();
        let sealed = first.seal(place(), b"x");
        let second = Secrets::load_or_create(&path, true, Chance::from_os()).unwrap();
        assert_eq!(second.open(place(), &sealed).as_deref(), Ok(&b"x"[..]));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
