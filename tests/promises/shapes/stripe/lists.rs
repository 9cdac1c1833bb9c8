//! Pages by a cursor in the body, by a rule of the API's own.

use super::{Stripe as _, stripe};

const FIRST: &str = "
GET /v1/customers?limit=2&created%5Bgte%5D=1704067200&expand%5B%5D=data.sources HTTP/1.1
accept: */*
authorization: Bearer sk_test_4eC39HqLyjWDarjtT1zdp7dc
host: {host}
stripe-account: acct_1032D82eZvKYlo2C
stripe-version: 2025-09-30.clover
user-agent: reauth/{version}
";

const SECOND: &str = "
GET /v1/customers?limit=2&created%5Bgte%5D=1704067200&expand%5B%5D=data.sources&starting_after=cus_2 HTTP/1.1
accept: */*
authorization: Bearer sk_test_4eC39HqLyjWDarjtT1zdp7dc
host: {host}
stripe-account: acct_1032D82eZvKYlo2C
stripe-version: 2025-09-30.clover
user-agent: reauth/{version}
";

const THIRD: &str = "
GET /v1/customers?limit=2&created%5Bgte%5D=1704067200&expand%5B%5D=data.sources&starting_after=cus_4 HTTP/1.1
accept: */*
authorization: Bearer sk_test_4eC39HqLyjWDarjtT1zdp7dc
host: {host}
stripe-account: acct_1032D82eZvKYlo2C
stripe-version: 2025-09-30.clover
user-agent: reauth/{version}
";

const MORE: &str = r#"
HTTP/1.1 200 OK
content-type: application/json

{"object":"list","data":[{"id":"cus_1"},{"id":"cus_2"}],"has_more":true,"url":"/v1/customers"}
"#;

const STILL_MORE: &str = r#"
HTTP/1.1 200 OK
content-type: application/json

{"object":"list","data":[{"id":"cus_3"},{"id":"cus_4"}],"has_more":true,"url":"/v1/customers"}
"#;

const LAST: &str = r#"
HTTP/1.1 200 OK
content-type: application/json

{"object":"list","data":[{"id":"cus_5"}],"has_more":false,"url":"/v1/customers"}
"#;

const BUSY: &str = r#"
HTTP/1.1 503 Service Unavailable
content-type: application/json

{"error":{"type":"api_error"}}
"#;

/// Each page is a call of its own: the one in the middle is retried like any other.
#[tokio::test]
async fn the_items_of_all_pages_are_one_list() {
    let (api, stripe) = stripe([MORE, BUSY, STILL_MORE, LAST]).await;
    let pages = stripe
        .customers(
            Some(2),
            Some(1_704_067_200),
            &["data.sources"],
            Some("acct_1032D82eZvKYlo2C"),
        )
        .await;
    let mut customers = pages.unwrap().items();
    let mut ids = Vec::new();
    while let Some(customer) = customers.try_next().await.unwrap() {
        ids.push(customer.id);
    }
    assert_eq!(ids, ["cus_1", "cus_2", "cus_3", "cus_4", "cus_5"]);
    api.saw([FIRST, SECOND, SECOND, THIRD]);
}

const PLAIN: &str = "
GET /v1/customers HTTP/1.1
accept: */*
authorization: Bearer sk_test_4eC39HqLyjWDarjtT1zdp7dc
host: {host}
stripe-version: 2025-09-30.clover
user-agent: reauth/{version}
";

const EMPTY_BUT_MORE: &str = r#"
HTTP/1.1 200 OK
content-type: application/json

{"object":"list","data":[],"has_more":true,"url":"/v1/customers"}
"#;

/// What is left out is not sent; and a list that contradicts itself is an error, no end and no loop.
#[tokio::test]
async fn a_page_that_leads_nowhere_is_an_error_of_the_method() {
    let (api, stripe) = stripe([EMPTY_BUT_MORE]).await;
    let error = stripe.customers(None, None, &[], None).await.unwrap_err();
    assert!(error.is_decode());
    assert_eq!(
        error.to_string(),
        "GET /v1/customers: there is more, but nothing to start after"
    );
    api.saw([PLAIN]);
}
