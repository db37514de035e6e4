//! Meta's error codes: number, HTTP status, title and the details given with them.

/// A refusal by one of Meta's rules, at once or later in a `failed` status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Meta's number.
    pub code: u32,
    /// What Meta says beyond the title.
    pub details: String,
}

impl Refusal {
    /// The refusal `code` with the details Meta usually gives.
    #[must_use]
    pub fn of(code: u32) -> Self {
        Self::with(code, row(code).3)
    }

    /// The refusal `code` with details of its own.
    pub fn with(code: u32, details: impl Into<String>) -> Self {
        Self {
            code,
            details: details.into(),
        }
    }

    /// The short text of the code.
    #[must_use]
    pub fn title(&self) -> &'static str {
        row(self.code).2
    }

    /// The HTTP status Meta answers with.
    #[must_use]
    pub fn http(&self) -> u16 {
        row(self.code).1
    }
}

type Row = (u32, u16, &'static str, &'static str);

fn row(code: u32) -> Row {
    ROWS.iter().find(|row| row.0 == code).copied().unwrap_or((
        code,
        400,
        "Unknown error",
        "An injected failure.",
    ))
}

const ROWS: [Row; 37] = [
    (
        0,
        401,
        "AuthException",
        "We were unable to authenticate the app user.",
    ),
    (
        1,
        400,
        "API Unknown",
        "Invalid request or possible server error.",
    ),
    (
        2,
        503,
        "Service temporarily unavailable",
        "Temporary due to downtime or due to being overloaded.",
    ),
    (3, 500, "API Method", "Capability or permissions issue."),
    (
        4,
        400,
        "Application request limit reached",
        "The app has reached its API call rate limit.",
    ),
    (
        10,
        403,
        "Application does not have permission for this action",
        "Permission is either not granted or has been removed.",
    ),
    (
        33,
        400,
        "Parameter value is not valid",
        "The business phone number has been deleted.",
    ),
    (
        100,
        400,
        "Invalid parameter",
        "The request included one or more unsupported or misspelled parameters.",
    ),
    (
        190,
        401,
        "Invalid OAuth access token",
        "Your access token has expired.",
    ),
    (
        200,
        403,
        "Permissions error",
        "You do not have the necessary permissions.",
    ),
    (
        368,
        403,
        "Temporarily blocked for policies violations",
        "The account has been restricted or disabled for violating a platform policy.",
    ),
    (
        80_007,
        400,
        "Rate limit issues",
        "The WhatsApp Business Account has reached its rate limit.",
    ),
    (
        130_403,
        400,
        "User is blocked",
        "You have blocked this user.",
    ),
    (
        130_429,
        400,
        "Rate limit hit",
        "Cloud API message throughput has been reached.",
    ),
    (
        130_472,
        400,
        "User's number is part of an experiment",
        "Message was not sent as part of an experiment.",
    ),
    (
        130_497,
        403,
        "Business account is restricted from messaging users in this country",
        "The account is restricted from messaging users in certain countries.",
    ),
    (
        131_000,
        500,
        "Something went wrong",
        "Message failed to send due to an unknown error.",
    ),
    (
        131_005,
        403,
        "Access denied",
        "Permission is either not granted or has been removed.",
    ),
    (
        131_008,
        400,
        "Required parameter is missing",
        "The request is missing a required parameter.",
    ),
    (
        131_009,
        400,
        "Parameter value is not valid",
        "One or more parameter values are invalid.",
    ),
    (
        131_016,
        500,
        "Service unavailable",
        "A service is temporarily unavailable.",
    ),
    (
        131_021,
        400,
        "Recipient cannot be sender",
        "Sender and recipient phone number is the same.",
    ),
    (
        131_026,
        400,
        "Message undeliverable",
        "Message Undeliverable.",
    ),
    (
        131_030,
        400,
        "Recipient phone number not in allowed list",
        "Add recipient phone number to recipient list and try again.",
    ),
    (
        131_031,
        403,
        "Account has been locked",
        "The account has been restricted or disabled, or its two-step PIN does not match.",
    ),
    (
        131_042,
        400,
        "Business eligibility payment issue",
        "There was an error related to your payment method.",
    ),
    (
        131_045,
        500,
        "Message failed to send because of a registration error",
        "The certificate of the phone number is wrong.",
    ),
    (
        131_047,
        400,
        "Re-engagement message",
        "Message failed to send because more than 24 hours have passed since the customer last replied to this number.",
    ),
    (
        131_048,
        400,
        "Spam rate limit hit",
        "Message failed to send because there are restrictions on how many messages can be sent from this phone number.",
    ),
    (
        131_049,
        400,
        "This message was not delivered to maintain healthy ecosystem engagement.",
        "In order to maintain a healthy ecosystem engagement, the message failed to be delivered.",
    ),
    (
        131_050,
        400,
        "User has stopped receiving marketing messages",
        "The recipient chose to stop receiving marketing messages from your business.",
    ),
    (
        131_051,
        400,
        "Unsupported message type",
        "Message type is not currently supported.",
    ),
    (
        131_053,
        400,
        "Media upload error",
        "Unable to upload the media used in the message.",
    ),
    (
        131_056,
        400,
        "(Business Account, Consumer Account) pair rate limit hit",
        "Message failed to send because there were too many messages sent from this phone number to the same phone number in a short period of time.",
    ),
    (
        131_057,
        500,
        "Account in maintenance mode",
        "Business Account is in maintenance mode.",
    ),
    (
        132_001,
        404,
        "Template name does not exist in the translation",
        "The template does not exist in the specified language or has not been approved.",
    ),
    (
        133_010,
        400,
        "Phone number not registered",
        "The business phone number is not registered on the WhatsApp Business Platform.",
    ),
];
