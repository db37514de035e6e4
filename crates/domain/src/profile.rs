//! What customers see of a business.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::addresses::{is_email, is_page};
use crate::fields::{BadField, Wrong, bad, optional};

/// The longest texts in characters, and the most websites (`whatsapp-cloud-api.md` 5.3).
const ABOUT: usize = 139;
const TEXT: usize = 256;
const EMAIL: usize = 128;
const WEBSITES: usize = 2;

/// What a business can be (`whatsapp-cloud-api.md` 5.3).
const VERTICALS: [&str; 23] = [
    "UNDEFINED",
    "OTHER",
    "AUTO",
    "BEAUTY",
    "APPAREL",
    "EDU",
    "ENTERTAIN",
    "EVENT_PLAN",
    "FINANCE",
    "GROCERY",
    "GOVT",
    "HOTEL",
    "HEALTH",
    "NONPROFIT",
    "PROF_SERVICES",
    "RETAIL",
    "TRAVEL",
    "RESTAURANT",
    "ALCOHOL",
    "ONLINE_GAMBLING",
    "PHYSICAL_GAMBLING",
    "OTC_DRUGS",
    "NOT_A_BIZ",
];

/// A business profile, as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, ToSchema)]
pub struct BusinessProfile {
    /// The line under the name; left empty, it stays as it was.
    pub about: String,
    /// Where the business is.
    pub address: String,
    /// What it does.
    pub description: String,
    /// Where it can be written to.
    pub email: String,
    /// Its pages: at most two.
    pub websites: Vec<String>,
    /// One of the kinds of business; left empty, it stays as it was.
    pub vertical: String,
}

impl BusinessProfile {
    /// Whether the provider takes it. Outer white space is gone, and so are blank websites.
    ///
    /// # Errors
    /// Names the field that is wrong.
    pub fn checked(self) -> Result<Self, BadField> {
        let email = words("email", self.email, EMAIL)?;
        if !email.is_empty() && !is_email(&email) {
            return Err(bad("email", Wrong::NoEmail));
        }
        if !self.vertical.is_empty() && !VERTICALS.contains(&self.vertical.as_str()) {
            return Err(bad("vertical", Wrong::Unknown));
        }
        Ok(Self {
            about: words("about", self.about, ABOUT)?,
            address: words("address", self.address, TEXT)?,
            description: words("description", self.description, TEXT)?,
            email,
            websites: websites(self.websites)?,
            vertical: self.vertical,
        })
    }
}

fn words(field: &str, words: String, max: usize) -> Result<String, BadField> {
    Ok(optional(field, Some(words), max)?.unwrap_or_default())
}

fn websites(typed: Vec<String>) -> Result<Vec<String>, BadField> {
    let mut kept = Vec::new();
    for site in typed {
        if let Some(site) = optional("websites", Some(site), TEXT)? {
            if !is_page(&site) {
                return Err(bad("websites", Wrong::NoUrl));
            }
            kept.push(site);
        }
    }
    if kept.len() > WEBSITES {
        let (min, max, count) = (0, WEBSITES, kept.len());
        return Err(bad("websites", Wrong::Count { min, max, count }));
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_of_a_profile_has_its_limits() {
        type Change = fn(&mut BusinessProfile);
        let cases: [(&str, Change, Option<&str>); 13] = [
            ("nothing in it", |_| {}, None),
            (
                "as it should be",
                |p| {
                    p.about = "Muebles".to_owned();
                    p.email = "hola@casaturia.example".to_owned();
                    p.websites = vec!["https://casaturia.example".to_owned(); 2];
                    p.vertical = "RETAIL".to_owned();
                },
                None,
            ),
            ("the longest line", |p| p.about = "ñ".repeat(139), None),
            ("a longer one", |p| p.about = "x".repeat(140), Some("about")),
            (
                "a long way",
                |p| p.address = "x".repeat(257),
                Some("address"),
            ),
            (
                "a long story",
                |p| p.description = "x".repeat(257),
                Some("description"),
            ),
            (
                "no mailbox",
                |p| p.email = "casaturia".to_owned(),
                Some("email"),
            ),
            (
                "a long mailbox",
                |p| p.email = format!("{}@a.es", "x".repeat(124)),
                Some("email"),
            ),
            (
                "no scheme",
                |p| p.websites = vec!["casaturia.example".to_owned()],
                Some("websites"),
            ),
            (
                "three pages",
                |p| p.websites = vec!["https://a.es".to_owned(); 3],
                Some("websites"),
            ),
            (
                "two pages and a blank",
                |p| {
                    p.websites = vec![
                        "https://a.es".to_owned(),
                        "https://b.es".to_owned(),
                        " ".to_owned(),
                    ];
                },
                None,
            ),
            (
                "no such business",
                |p| p.vertical = "SPACE".to_owned(),
                Some("vertical"),
            ),
            (
                "a bell",
                |p| p.description = "a\u{7}".to_owned(),
                Some("description"),
            ),
        ];
        for (case, change, wrong) in cases {
            let mut profile = BusinessProfile::default();
            change(&mut profile);
            let field = profile.checked().err().map(|bad| bad.field);
            assert_eq!(field.as_deref(), wrong, "{case}");
        }
    }
}
