//! What reqwest is told not to do, and what it does where a feature says so, each over a socket.

#[cfg(feature = "http2")]
mod retries {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::net::TcpListener;

    use super::super::*;
    use crate::error::Outcome;

    /// Refuses every request without a look at it: what reqwest by itself sends again.
    async fn refusing(listener: TcpListener, requests: Arc<AtomicUsize>) {
        while let Ok((stream, _)) = listener.accept().await {
            let requests = requests.clone();
            tokio::spawn(async move {
                let mut connection = h2::server::handshake(stream).await.unwrap();
                while let Some(Ok((_, mut answer))) = connection.accept().await {
                    requests.fetch_add(1, Ordering::SeqCst);
                    answer.send_reset(h2::Reason::REFUSED_STREAM);
                }
            });
        }
    }

    #[tokio::test]
    async fn r21_reqwests_own_retries_are_off() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url: BaseUrl = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let requests = Arc::new(AtomicUsize::new(0));
        tokio::spawn(refusing(listener, requests.clone()));
        let request = || Request::new(reqwest::Method::GET, base_url.as_url().clone());

        let ours = Transport::settings(&base_url, Policy::none(), None).http2_prior_knowledge();
        let refused = Transport::Reqwest(ours.build().unwrap()).send(request()).await;
        assert_eq!(refused.unwrap_err().outcome(), Outcome::Refused);
        assert_eq!(requests.swap(0, Ordering::SeqCst), 1);

        let theirs = reqwest::Client::builder().no_proxy().http2_prior_knowledge();
        theirs.build().unwrap().execute(request()).await.unwrap_err();
        assert!(
            requests.load(Ordering::SeqCst) > 1,
            "it would have been seen here if they were on"
        );
    }
}

mod copies {
    use super::super::*;

    #[test]
    fn p03_no_copy_of_a_request_is_kept_for_a_retry() {
        let base_url: BaseUrl = "http://127.0.0.1:1".parse().unwrap();
        let allocations_of = |settings: reqwest::ClientBuilder| {
            let client = settings.build().unwrap();
            let request = Request::new(reqwest::Method::GET, base_url.as_url().clone());
            allocation_counter::measure(|| drop(client.execute(request))).count_total
        };
        let settings = || Transport::settings(&base_url, Policy::none(), None);
        let of_a_copy = allocations_of(settings().retry(reqwest::retry::never()));
        assert!(allocations_of(settings()) < of_a_copy);
    }
}

#[cfg(feature = "gzip")]
mod compression {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::super::*;
    use crate::error::BodyError;
    use crate::response::Incoming;
    use crate::{ClientAuthentication, OAuth2, api_client};

    /// 100,000 zeros, by `gzip -9`.
    const ZEROS: &[u8] = b"\
        \x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xed\xc1\x31\x01\x00\x00\x00\xc2\xa0\xf5\x4f\x6d\x0d\x0f\
        \xa0\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\
        \x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\
        \x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\
        \x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\
        \x00\x80\x57\x03\x7d\x95\x11\xd4\xa0\x86\x01\x00";

    /// Answers everything with these zeros.
    async fn zeros() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                assert_ne!(stream.read(&mut [0; 4096]).await.unwrap(), 0);
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    ZEROS.len()
                );
                stream.write_all(head.as_bytes()).await.unwrap();
                stream.write_all(ZEROS).await.unwrap();
            }
        });
        url
    }

    #[tokio::test]
    async fn s10_the_limit_counts_what_a_body_unpacks_to() {
        let url = zeros().await;
        let transport = Transport::for_api(&url.parse().unwrap(), None).unwrap();
        for (limit, fits) in [(100_000, true), (99_999, false), (ZEROS.len(), false)] {
            let request = Request::new(reqwest::Method::GET, url.parse().unwrap());
            let mut response = Incoming::new(transport.send(request).await.unwrap(), limit);
            match response.buffer().await {
                Ok(()) => assert!(fits, "{limit}"),
                Err(error) => assert!(matches!(error, BodyError::TooLarge { .. }) && !fits, "{limit}: {error}"),
            }
        }
    }

    #[api_client(crate = "crate", auth = "oauth2")]
    trait Guarded {
        #[get("/")]
        async fn get(&self) -> crate::Result<crate::Text>;
    }

    #[tokio::test]
    async fn s10_so_does_that_of_a_token_response() {
        let url = zeros().await;
        let credential = OAuth2::new(&url, "id", ClientAuthentication::post("canary-secret"));
        let error = GuardedClient::new(&url, credential).unwrap().get().await.unwrap_err();
        assert!(error.to_string().contains("larger than 64 KiB"), "{error}");
    }
}
