//! What Meta writes about the price of a free-form message, by the regime of the date.
//!
//! The account's days begin at midnight UTC here; Meta takes the time zone of the account.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// From here each delivered template is priced, free-form messages are free.
const PER_MESSAGE: Timestamp = Timestamp::constant(1_751_328_000, 0); // 2025-07-01
/// From here free-form messages are priced too.
const SERVICE_PRICED: Timestamp = Timestamp::constant(1_790_812_800, 0); // 2026-10-01

/// The `pricing` object of a status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Pricing {
    billable: bool,
    #[serde(rename = "pricing_model")]
    model: &'static str,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    category: &'static str,
}

/// How the 1,000 free service messages of a month look in a webhook. Meta does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AllowanceForm {
    /// As if there were no allowance.
    #[default]
    Off,
    /// `type: free_customer_service`, `billable: false`.
    FreeCustomerService,
    /// `type: regular`, `billable: false`.
    RegularNotBillable,
}

/// Are service messages charged at `at`, so that the free allowance matters?
#[must_use]
pub(crate) fn allowance_counts(at: Timestamp) -> bool {
    at >= SERVICE_PRICED
}

/// Does a status of this date say which conversation it belongs to, outside free entry?
#[must_use]
pub(crate) fn by_conversation(at: Timestamp) -> bool {
    at < PER_MESSAGE
}

/// The price of one free-form message.
#[must_use]
pub(crate) fn service(at: Timestamp, free_entry: bool, allowance: AllowanceForm) -> Pricing {
    let category = if free_entry {
        "referral_conversion"
    } else {
        "service"
    };
    if by_conversation(at) {
        return Pricing {
            billable: !free_entry,
            model: "CBP",
            kind: None,
            category,
        };
    }
    let (billable, kind) = match allowance {
        _ if free_entry => (false, "free_entry_point"),
        _ if !allowance_counts(at) => (false, "free_customer_service"),
        AllowanceForm::Off => (true, "regular"),
        AllowanceForm::FreeCustomerService => (false, "free_customer_service"),
        AllowanceForm::RegularNotBillable => (false, "regular"),
    };
    Pricing {
        billable,
        model: "PMP",
        kind: Some(kind),
        category,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_form_follows_the_date() {
        use AllowanceForm::{FreeCustomerService, Off, RegularNotBillable};
        let free = json!({"billable":false,"pricing_model":"PMP","type":"free_customer_service","category":"service"});
        let paid =
            json!({"billable":true,"pricing_model":"PMP","type":"regular","category":"service"});
        let entry = json!({"billable":false,"pricing_model":"PMP","type":"free_entry_point","category":"referral_conversion"});
        for (at, free_entry, allowance, expect) in [
            (
                "2025-06-30T23:59:59Z",
                false,
                Off,
                json!({"billable":true,"pricing_model":"CBP","category":"service"}),
            ),
            (
                "2025-06-30T23:59:59Z",
                true,
                Off,
                json!({"billable":false,"pricing_model":"CBP","category":"referral_conversion"}),
            ),
            ("2025-07-01T00:00:00Z", false, Off, free.clone()),
            ("2025-07-01T00:00:00Z", true, Off, entry.clone()),
            (
                "2026-09-30T23:59:59Z",
                false,
                RegularNotBillable,
                free.clone(),
            ),
            ("2026-10-01T00:00:00Z", false, Off, paid),
            ("2026-10-01T00:00:00Z", false, FreeCustomerService, free),
            (
                "2026-10-01T00:00:00Z",
                false,
                RegularNotBillable,
                json!({"billable":false,"pricing_model":"PMP","type":"regular","category":"service"}),
            ),
            ("2026-11-01T00:00:00Z", true, Off, entry),
        ] {
            let pricing = service(at.parse().unwrap(), free_entry, allowance);
            assert_eq!(
                serde_json::to_value(pricing).unwrap(),
                expect,
                "{at} free entry: {free_entry}, allowance: {allowance:?}"
            );
        }
    }
}
