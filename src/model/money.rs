//! Amounts with their currency, exact to the cent.

use iso_currency::Currency;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A sum in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// The sum, in units (not cents).
    pub amount: Decimal,
    /// ISO 4217.
    pub currency: Currency,
}

impl Money {
    /// The sum with as many decimals as the currency has: `1250.00` for euros, `500000` for CFA francs.
    pub fn amount_text(&self) -> String {
        let decimals = u32::from(self.currency.exponent().unwrap_or(2));
        let mut amount = self.amount.round_dp(decimals);
        amount.rescale(decimals);
        amount.to_string()
    }
}

#[cfg(test)]
mod tests {
    use crate::model::money::*;

    #[test]
    fn amounts_carry_the_decimals_of_their_currency() {
        let check = |amount: &str, currency, expected: &str| {
            assert_eq!(
                Money {
                    amount: amount.parse().unwrap(),
                    currency
                }
                .amount_text(),
                expected
            );
        };
        check("1250", Currency::EUR, "1250.00");
        check("1250.5", Currency::EUR, "1250.50");
        check("500000", Currency::XOF, "500000");
    }
}
