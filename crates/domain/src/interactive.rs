//! Messages that offer something to tap. Limits: section 2.2 of Meta's reference.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::addresses::is_page;
use crate::fields::{BadField, Wrong, bad, optional, required, within};

const BODY: usize = 1024;
const BODY_OF_A_LIST: usize = 4096;
const HEADER: usize = 60;
const FOOTER: usize = 60;
const BUTTONS: usize = 3;
const BUTTON: usize = 20;
const SECTIONS: usize = 10;
const SECTION: usize = 24;
const ROWS: usize = 10;
const ROW: usize = 24;
const DESCRIPTION: usize = 72;
const URL: usize = 2000;

/// What stands around the words of a message that offers something to tap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Interactive {
    /// The line above the words.
    #[serde(default)]
    pub header: Option<String>,
    /// The small line under them.
    #[serde(default)]
    pub footer: Option<String>,
    /// What can be tapped.
    pub offer: Offer,
}

/// What can be tapped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Offer {
    /// One to three answers. Their ids are their places, from 1.
    Buttons {
        /// What stands on them.
        buttons: Vec<String>,
    },
    /// A button that opens a list of at most ten rows. Their ids are their places in all of it, from 1.
    List {
        /// What stands on the button.
        button: String,
        /// The rows, in groups.
        sections: Vec<Section>,
    },
    /// A button that opens a page.
    Link {
        /// What stands on it.
        label: String,
        /// The page.
        url: String,
    },
    /// A button that sends where they are.
    Location,
    /// A button that sends their number.
    Contact,
}

/// A group of a list's rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Section {
    /// What stands above it; needed where there are several.
    #[serde(default)]
    pub title: Option<String>,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// A row of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Row {
    /// What it is called.
    pub title: String,
    /// The line under it.
    #[serde(default)]
    pub description: Option<String>,
}

impl Interactive {
    /// Whether Meta takes it with these words. Outer white space is gone; optional fields that are blank are
    /// absent.
    pub fn checked(self, body: &str) -> Result<Self, BadField> {
        let checked = Self {
            header: optional("header", self.header, HEADER)?,
            footer: optional("footer", self.footer, FOOTER)?,
            offer: self.offer.checked()?,
        };
        let asks = matches!(checked.offer, Offer::Location | Offer::Contact);
        for (field, words) in [("header", &checked.header), ("footer", &checked.footer)] {
            if asks && words.is_some() {
                return Err(bad(field, Wrong::NotHere));
            }
        }
        let max = match checked.offer {
            Offer::List { .. } => BODY_OF_A_LIST,
            _ => BODY,
        };
        required("text", body, max)?;
        Ok(checked)
    }
}

impl Offer {
    fn checked(self) -> Result<Self, BadField> {
        Ok(match self {
            Self::Buttons { buttons } => Self::Buttons {
                buttons: checked_buttons(&buttons)?,
            },
            Self::List { button, sections } => Self::List {
                button: required("button", &button, BUTTON)?,
                sections: checked_sections(sections)?,
            },
            Self::Link { label, url } => Self::Link {
                label: required("label", &label, BUTTON)?,
                url: checked_url(&url)?,
            },
            Self::Location => Self::Location,
            Self::Contact => Self::Contact,
        })
    }
}

fn checked_buttons(buttons: &[String]) -> Result<Vec<String>, BadField> {
    within("buttons", buttons.len(), BUTTONS)?;
    let mut checked: Vec<String> = Vec::with_capacity(buttons.len());
    for (n, button) in buttons.iter().enumerate() {
        let field = format!("buttons[{n}]");
        let button = required(&field, button, BUTTON)?;
        if checked.contains(&button) {
            return Err(bad(field, Wrong::Twice));
        }
        checked.push(button);
    }
    Ok(checked)
}

fn checked_sections(sections: Vec<Section>) -> Result<Vec<Section>, BadField> {
    within("sections", sections.len(), SECTIONS)?;
    let rows = sections.iter().map(|section| section.rows.len()).sum();
    within("rows", rows, ROWS)?;
    let several = sections.len() > 1;
    let mut checked = Vec::with_capacity(sections.len());
    for (n, section) in sections.into_iter().enumerate() {
        let field = format!("sections[{n}]");
        let title = optional(&format!("{field}.title"), section.title, SECTION)?;
        if several && title.is_none() {
            return Err(bad(format!("{field}.title"), Wrong::Empty));
        }
        within(&format!("{field}.rows"), section.rows.len(), ROWS)?;
        let rows = section.rows.into_iter().enumerate();
        let rows = rows.map(|(m, row)| checked_row(&format!("{field}.rows[{m}]"), row));
        checked.push(Section {
            title,
            rows: rows.collect::<Result<_, _>>()?,
        });
    }
    Ok(checked)
}

fn checked_row(field: &str, row: Row) -> Result<Row, BadField> {
    Ok(Row {
        title: required(&format!("{field}.title"), &row.title, ROW)?,
        description: optional(
            &format!("{field}.description"),
            row.description,
            DESCRIPTION,
        )?,
    })
}

fn checked_url(url: &str) -> Result<String, BadField> {
    let url = required("url", url, URL)?;
    if !is_page(&url) {
        return Err(bad("url", Wrong::NoUrl));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(offer: Offer) -> Interactive {
        Interactive {
            header: None,
            footer: None,
            offer,
        }
    }

    fn buttons(titles: &[&str]) -> Interactive {
        let buttons = titles.iter().map(|&title| title.to_owned()).collect();
        of(Offer::Buttons { buttons })
    }

    fn rows(count: usize) -> Vec<Row> {
        let row = |n| Row {
            title: format!("Row {n}"),
            description: None,
        };
        (0..count).map(row).collect()
    }

    fn list(sections: &[(Option<&str>, usize)]) -> Interactive {
        let section = |&(title, count): &(Option<&str>, usize)| Section {
            title: title.map(str::to_owned),
            rows: rows(count),
        };
        of(Offer::List {
            button: "Options".into(),
            sections: sections.iter().map(section).collect(),
        })
    }

    fn link(url: &str) -> Interactive {
        of(Offer::Link {
            label: "See it".into(),
            url: url.into(),
        })
    }

    #[test]
    fn what_meta_refuses_is_refused_here_and_names_its_field() {
        let count = |max, count| Wrong::Count { min: 1, max, count };
        let too_long = |max| Wrong::TooLong {
            max,
            length: max + 1,
        };
        let headed = |length| Interactive {
            header: Some("x".repeat(length)),
            ..buttons(&["Yes"])
        };
        let asking = Interactive {
            footer: Some("Thanks".into()),
            ..of(Offer::Location)
        };
        for (message, expect) in [
            (buttons(&["Yes", "No", "Later"]), None),
            (buttons(&[]), Some(("buttons", count(3, 0)))),
            (
                buttons(&["1", "2", "3", "4"]),
                Some(("buttons", count(3, 4))),
            ),
            (
                buttons(&["Yes", " Yes "]),
                Some(("buttons[1]", Wrong::Twice)),
            ),
            (buttons(&["Yes", " "]), Some(("buttons[1]", Wrong::Empty))),
            (buttons(&[&"ñ".repeat(20)]), None),
            (
                buttons(&[&"ñ".repeat(21)]),
                Some(("buttons[0]", too_long(20))),
            ),
            (headed(60), None),
            (headed(61), Some(("header", too_long(60)))),
            (list(&[(None, 10)]), None),
            (list(&[(None, 11)]), Some(("rows", count(10, 11)))),
            (
                list(&[(Some("A"), 5), (Some("B"), 6)]),
                Some(("rows", count(10, 11))),
            ),
            (
                list(&[(Some("A"), 5), (None, 5)]),
                Some(("sections[1].title", Wrong::Empty)),
            ),
            (
                list(&[(Some("A"), 5), (Some("B"), 0)]),
                Some(("sections[1].rows", count(10, 0))),
            ),
            (list(&[]), Some(("sections", count(10, 0)))),
            (link("https://example.com/a?b=c"), None),
            (link("javascript:alert(1)"), Some(("url", Wrong::NoUrl))),
            (link("https:// example.com"), Some(("url", Wrong::NoUrl))),
            (of(Offer::Location), None),
            (asking, Some(("footer", Wrong::NotHere))),
        ] {
            let refused = message.clone().checked("Which one?").err();
            let expect = expect.map(|(field, wrong)| bad(field, wrong));
            assert_eq!(refused, expect, "{message:?}");
        }
    }

    #[test]
    fn a_list_has_room_for_more_words_than_the_others() {
        let long = "ñ".repeat(BODY + 1);
        assert!(list(&[(None, 1)]).checked(&long).is_ok());
        let wrong = Wrong::TooLong {
            max: BODY,
            length: BODY + 1,
        };
        for message in [
            buttons(&["Yes"]),
            link("https://a.example"),
            of(Offer::Contact),
        ] {
            assert_eq!(message.checked(&long), Err(bad("text", wrong)));
        }
        assert_eq!(
            buttons(&["Yes"]).checked(" "),
            Err(bad("text", Wrong::Empty))
        );
    }

    #[test]
    fn what_is_blank_and_optional_is_absent() {
        let message = Interactive {
            header: Some("  ".into()),
            footer: Some(" Bye ".into()),
            ..buttons(&[" Yes "])
        };
        let checked = message.checked("Which one?").unwrap();
        let expect = Interactive {
            footer: Some("Bye".into()),
            ..buttons(&["Yes"])
        };
        assert_eq!(checked, expect);
    }
}
