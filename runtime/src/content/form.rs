//! A body as a form.

use http::HeaderValue;
use serde::Serialize;

use crate::error::ArgumentError;
use crate::request::{Body, IntoBody, Refused, push_fields};

/// A body as `application/x-www-form-urlencoded`: a struct, a map or a list of pairs.
///
/// The same rules as for queries: `None` sends nothing, a sequence repeats its name, and what is nested has its names in
/// brackets, with an index for structs in a sequence. So this sends
/// `amount=1000&expand%5B%5D=customer&metadata%5Border%5D=6735`, which is
/// `amount=1000&expand[]=customer&metadata[order]=6735`:
///
/// ```
/// # use std::collections::BTreeMap;
/// # use reauth::{api_client, Result};
/// use reauth::Form;
///
/// #[derive(serde::Serialize)]
/// pub struct NewPayment<'a> {
///     amount: u32,
///     customer: Option<&'a str>,
///     #[serde(rename = "expand[]")]
///     expand: &'a [&'a str],
///     metadata: BTreeMap<&'a str, &'a str>,
/// }
///
/// #[api_client]
/// pub trait Payments {
///     #[post("/payment_intents", idempotency_key)]
///     async fn create(&self, #[body] payment: Form<NewPayment<'_>>) -> Result<()>;
/// }
///
/// # async fn example(payments: PaymentsClient) -> Result<()> {
/// let payment = NewPayment {
///     amount: 1000,
///     customer: None,
///     expand: &["customer"],
///     metadata: BTreeMap::from([("order", "6735")]),
/// };
/// payments.create(Form(payment)).await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Form<T>(pub T);

impl<T: Serialize> IntoBody for Form<T> {
    fn into_body(self) -> Result<Body, ArgumentError> {
        let mut form = String::new();
        push_fields(&mut form, &self.0)
            .map_err(|Refused(problem)| ArgumentError::body(format!("cannot be a form: {problem}")))?;
        let content_type = HeaderValue::from_static("application/x-www-form-urlencoded");
        Ok(Body::new(content_type, form.into()))
    }
}

/// A form that the caller keeps.
impl<T: Serialize> IntoBody for &Form<T> {
    fn into_body(self) -> Result<Body, ArgumentError> {
        Form(&self.0).into_body()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_fields_is_refused() {
        let error = Form("a=b").into_body().unwrap_err().to_string();
        assert!(
            error.starts_with("`body` cannot be a form: it has no names: use a struct"),
            "{error}"
        );
    }
}
