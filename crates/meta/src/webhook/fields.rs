//! The webhook fields that Charla reads. What is read is what an app asks for: nothing else would ever come.

use crate::self_test;

/// What the changes of a field are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// What happens in conversations, told apart by what is in them.
    Conversations,
    /// An account, a number, a template or a person's wishes: kept as it comes, because Charla acts on it or will.
    Account,
    /// The same, and a number or its account may stand otherwise afterwards.
    Standing,
}

const READ: [(&str, Of); 17] = [
    ("messages", Of::Conversations),
    ("user_id_update", Of::Conversations),
    ("account_alerts", Of::Standing),
    ("account_review_update", Of::Standing),
    ("account_update", Of::Standing),
    ("business_capability_update", Of::Standing),
    ("message_template_components_update", Of::Account),
    ("message_template_quality_update", Of::Account),
    ("message_template_status_update", Of::Account),
    ("payment_configuration_update", Of::Standing),
    ("phone_number_name_update", Of::Standing),
    ("phone_number_quality_update", Of::Standing),
    ("phone_number_username_update", Of::Account),
    ("security", Of::Account),
    (ECHOES, Of::Account),
    ("template_category_update", Of::Account),
    ("user_preferences", Of::Account),
];

/// What a business writes on its own phone: kept if somebody asked for it, but nothing shows it yet.
const ECHOES: &str = "smb_message_echoes";

/// The fields an app asks for.
pub(crate) fn asked_for() -> String {
    let names = READ.iter().map(|(name, _)| *name);
    names
        .filter(|&name| name != ECHOES)
        .collect::<Vec<_>>()
        .join(",")
}

/// What a field is about, if it is read.
pub(super) fn about(field: &str) -> Option<Of> {
    if field == self_test::FIELD {
        return Some(Of::Account);
    }
    let mut read = READ.into_iter();
    read.find_map(|(name, of)| (name == field).then_some(of))
}

/// Whether a number or its account may stand otherwise after an event of this field.
#[must_use]
pub fn may_change_standing(field: &str) -> bool {
    about(field) == Some(Of::Standing)
}
