//! Why a mail could not be written.

use crate::model::follow_up::Step;
use crate::model::invoice::Document;

/// A mail that cannot be written. All are permanent: the same brief fails again until the user mends what is named.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WritingFault {
    /// Nobody to write to.
    #[error("the mail has no recipient: give the customer an address (amiable contact NUMBER ADDRESS)")]
    NoRecipient,
    /// An address that ordinary mail cannot carry (RFC 6531 is not assumed); only its domain is named here.
    #[error("an address at {domain} cannot stand in a mail: write it in ASCII (a domain in its xn-- form)")]
    Address {
        /// The part after the `@`.
        domain: String,
    },
    /// No template for this step and kind of paper.
    #[error("there is no wording for the step {} of a {document:?}: follow it up by hand", step.name())]
    NoWording {
        /// Which step.
        step: Step,
        /// Which kind of paper.
        document: Document,
    },
    /// A template that does not render.
    #[error("the template {name} does not render: {detail}; mend the template")]
    Template {
        /// Its name, such as `fr/friendly.txt`.
        name: String,
        /// What the template engine says.
        detail: String,
    },
    /// The mail could not be put together.
    #[error("the mail could not be put together: {detail}")]
    Assembly {
        /// What the library says.
        detail: String,
    },
}
