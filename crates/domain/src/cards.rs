//! What is sent that is more than words and no file: people and places, both ways; orders, forms and the ad they came
//! from by customers.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::addresses::{is_day, is_email, is_number, is_page};
use crate::fields::{BadField, Wrong, bad, optional, required, within};
use crate::text::lines;

/// So many cards go in one message. Meta takes more; nobody reads them on a phone.
const CARDS: usize = 10;
/// So many numbers, addresses or pages stand on a card.
const REACHES: usize = 10;
/// The longest line on a card or of a place, in characters. Meta tells no limit; phones cut sooner.
const LINE: usize = 256;

/// A place on the earth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Place {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// What it is called.
    #[serde(default)]
    pub name: Option<String>,
    /// Where it is.
    #[serde(default)]
    pub address: Option<String>,
}

impl Place {
    /// Whether it can be sent. Outer white space is gone; what is blank is absent.
    ///
    /// # Errors
    /// Names the field that is wrong.
    pub fn checked(self) -> Result<Self, BadField> {
        for (field, degrees, max) in [
            ("latitude", self.latitude, 90),
            ("longitude", self.longitude, 180),
        ] {
            if degrees.is_nan() || degrees.abs() > f64::from(max) {
                return Err(bad(field, Wrong::OutOfRange { min: -max, max }));
            }
        }
        Ok(Self {
            name: optional("name", self.name, LINE)?,
            address: optional("address", self.address, LINE)?,
            ..self
        })
    }

    /// Its name, its address and where it lies, a line each.
    #[must_use]
    pub fn in_words(&self) -> String {
        let lies = format!("{}, {}", self.latitude, self.longitude);
        lines([self.name.clone(), self.address.clone(), Some(lies)])
    }
}

/// A person's card.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct ContactCard {
    /// What they are called.
    pub name: Option<String>,
    /// Their numbers, as they were written.
    pub phones: Vec<Reach>,
    /// Their e-mail addresses.
    pub emails: Vec<Reach>,
    /// Their pages.
    pub urls: Vec<Reach>,
    /// Where they live or work, a line each.
    pub addresses: Vec<Reach>,
    /// Their company.
    pub company: Option<String>,
    /// What they are there.
    pub title: Option<String>,
    /// Year, month and day.
    pub birthday: Option<String>,
}

impl ContactCard {
    /// Whether it can be sent: it names somebody and says how to reach them. Outer white space is gone; what is blank is
    /// absent.
    ///
    /// # Errors
    /// Names the field that is wrong.
    pub fn checked(self) -> Result<Self, BadField> {
        let name = self.name.unwrap_or_default();
        let birthday = optional("birthday", self.birthday, LINE)?;
        if birthday.as_deref().is_some_and(|day| !is_day(day)) {
            return Err(bad("birthday", Wrong::NoDay));
        }
        let card = Self {
            name: Some(required("name", &name, LINE)?),
            phones: each(
                "phones",
                reaches("phones", self.phones)?,
                is_number,
                Wrong::NoNumber,
            )?,
            emails: each(
                "emails",
                reaches("emails", self.emails)?,
                is_email,
                Wrong::NoEmail,
            )?,
            urls: each("urls", reaches("urls", self.urls)?, is_page, Wrong::NoUrl)?,
            addresses: reaches("addresses", self.addresses)?,
            company: optional("company", self.company, LINE)?,
            title: optional("title", self.title, LINE)?,
            birthday,
        };
        let reached = [&card.phones, &card.emails, &card.urls, &card.addresses];
        if reached.into_iter().all(Vec::is_empty) {
            return Err(bad("phones", Wrong::Empty));
        }
        Ok(card)
    }

    /// Who it is and how to reach them, a line each.
    #[must_use]
    pub fn in_words(&self) -> String {
        let reaches = [&self.phones, &self.emails, &self.urls, &self.addresses];
        let reaches = reaches
            .into_iter()
            .flatten()
            .map(|reach| Some(reach.value.clone()));
        let whose = [self.name.clone(), self.title.clone(), self.company.clone()];
        lines(whose.into_iter().chain(reaches))
    }
}

/// Whether these cards can be sent in one message.
///
/// # Errors
/// Names the field that is wrong: `[1].name`.
pub fn checked_cards(cards: Vec<ContactCard>) -> Result<Vec<ContactCard>, BadField> {
    within("", cards.len(), CARDS)?;
    let checked = cards.into_iter().enumerate().map(|(n, card)| {
        card.checked().map_err(|wrong| BadField {
            field: format!("[{n}].{}", wrong.field),
            ..wrong
        })
    });
    checked.collect()
}

fn reaches(field: &str, reaches: Vec<Reach>) -> Result<Vec<Reach>, BadField> {
    let mut kept = Vec::with_capacity(reaches.len());
    for (n, reach) in reaches.into_iter().enumerate() {
        let field = format!("{field}[{n}]");
        if let Some(value) = optional(&field, Some(reach.value), LINE)? {
            let label = optional(&format!("{field}.label"), reach.label, LINE)?;
            kept.push(Reach { value, label });
        }
    }
    if kept.len() > REACHES {
        within(field, kept.len(), REACHES)?;
    }
    Ok(kept)
}

/// The same, if each is what it has to be.
fn each(
    field: &str,
    reaches: Vec<Reach>,
    is: fn(&str) -> bool,
    else_wrong: Wrong,
) -> Result<Vec<Reach>, BadField> {
    match reaches.iter().position(|reach| !is(&reach.value)) {
        Some(n) => Err(bad(format!("{field}[{n}]"), else_wrong)),
        None => Ok(reaches),
    }
}

/// One way to reach somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reach {
    /// The number or the address.
    pub value: String,
    /// What the sender called it: work, home.
    #[serde(default)]
    pub label: Option<String>,
}

/// One line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderItem {
    /// The seller's own id of the product.
    pub product: String,
    /// How many.
    pub quantity: i64,
    /// What one costs, in micro-units; `None` where it was not told.
    pub price: Option<i64>,
    /// The currency of the price.
    pub currency: Option<String>,
}

/// One answer of a form. The customer's device wrote it: nothing in it is to be believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FormAnswer {
    /// The field, as the form calls it.
    pub name: String,
    /// What was put in; JSON where it is more than words.
    pub value: String,
}

/// The ad or the post that brought somebody here.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Referral {
    /// `ad` or `post`.
    pub source: Option<String>,
    /// Where it can be seen.
    pub url: Option<String>,
    /// Its headline.
    pub headline: Option<String>,
    /// Its words.
    pub body: Option<String>,
    /// The greeting that it opened the chat with.
    pub greeting: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(latitude: f64, longitude: f64) -> Place {
        Place {
            latitude,
            longitude,
            name: Some(" Casa Turia ".into()),
            address: Some(" ".into()),
        }
    }

    fn card(name: &str, phone: &str) -> ContactCard {
        let value = phone.to_owned();
        ContactCard {
            name: Some(name.to_owned()),
            phones: vec![Reach { value, label: None }],
            ..ContactCard::default()
        }
    }

    #[test]
    fn a_place_is_on_the_earth() {
        for (latitude, longitude, wrong) in [
            (39.47, -0.376, None),
            (90.0, 180.0, None),
            (-90.0, -180.0, None),
            (90.1, 0.0, Some("latitude")),
            (0.0, -180.1, Some("longitude")),
            (f64::NAN, 0.0, Some("latitude")),
            (0.0, f64::INFINITY, Some("longitude")),
        ] {
            let checked = place(latitude, longitude).checked();
            let field = checked.as_ref().err().map(|bad| bad.field.as_str());
            assert_eq!(field, wrong, "{latitude} {longitude}");
            if let Ok(place) = checked {
                assert_eq!(
                    (place.name.as_deref(), place.address),
                    (Some("Casa Turia"), None)
                );
            }
        }
    }

    #[test]
    fn what_reaches_nobody_names_its_field() {
        let reach = |value: &str| {
            let value = value.to_owned();
            vec![Reach { value, label: None }]
        };
        let marta = || card("Marta", "+34 600 000 001");
        for (case, card, wrong) in [
            (
                "words",
                card("Marta", "call me"),
                Some(("phones[0]", Wrong::NoNumber)),
            ),
            (
                "no mailbox",
                ContactCard {
                    emails: reach("marta@"),
                    ..marta()
                },
                Some(("emails[0]", Wrong::NoEmail)),
            ),
            (
                "no scheme",
                ContactCard {
                    urls: reach("casaturia.example"),
                    ..marta()
                },
                Some(("urls[0]", Wrong::NoUrl)),
            ),
            (
                "another order",
                ContactCard {
                    birthday: Some("24/03/1987".to_owned()),
                    ..marta()
                },
                Some(("birthday", Wrong::NoDay)),
            ),
            (
                "all as it should be",
                ContactCard {
                    emails: reach("marta@casaturia.example"),
                    urls: reach("https://casaturia.example"),
                    birthday: Some("1987-03-24".to_owned()),
                    ..marta()
                },
                None,
            ),
        ] {
            let bad = card.checked().err();
            let found = bad.as_ref().map(|bad| (bad.field.as_str(), bad.wrong));
            assert_eq!(found, wrong, "{case}");
        }
    }

    #[test]
    fn a_card_names_somebody_and_says_how_to_reach_them() {
        for (case, cards, wrong) in [
            ("as it should be", vec![card("Marta", "+34600000001")], None),
            ("none", vec![], Some("")),
            (
                "too many",
                vec![card("Marta", "+34600000001"); 11],
                Some(""),
            ),
            ("nobody", vec![card(" ", "+34600000001")], Some("[0].name")),
            ("out of reach", vec![card("Marta", " ")], Some("[0].phones")),
            (
                "the second",
                vec![card("A", "112"), card("B", "\u{7}")],
                Some("[1].phones[0]"),
            ),
        ] {
            let checked = checked_cards(cards);
            assert_eq!(
                checked.err().map(|bad| bad.field).as_deref(),
                wrong,
                "{case}"
            );
        }
    }
}
