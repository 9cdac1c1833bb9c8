use super::*;

fn read(text: &str) -> Result<Template, String> {
    let mut mistakes = Diagnostics::default();
    let template = parse(text, Span::call_site(), &mut mistakes);
    let messages = mistakes.messages().join("\n\n");
    assert_eq!(template.is_none(), !messages.is_empty(), "{text}");
    template.ok_or(messages)
}

fn literal(text: &str) -> Piece {
    Piece::Literal(text.to_owned())
}

fn placeholder(name: &str) -> Piece {
    Piece::Segment(name.to_owned())
}

fn rest(name: &str) -> Piece {
    Piece::Segments(name.to_owned())
}

#[test]
fn templates() {
    for (text, pieces, query) in [
        ("/", vec![literal("/")], None),
        ("/todo/", vec![literal("/todo/")], None),
        ("/todo/{id}", vec![literal("/todo/"), placeholder("id")], None),
        ("/{id}", vec![literal("/"), placeholder("id")], None),
        (
            "/v{major}/{file}.json",
            vec![
                literal("/v"),
                placeholder("major"),
                literal("/"),
                placeholder("file"),
                literal(".json"),
            ],
            None,
        ),
        (
            "/a/{b}{c}",
            vec![literal("/a/"), placeholder("b"), placeholder("c")],
            None,
        ),
        ("/{page-id}", vec![literal("/"), placeholder("page-id")], None),
        ("/{*rest}", vec![literal("/"), rest("rest")], None),
        (
            "/{org}/{*path}/raw",
            vec![
                literal("/"),
                placeholder("org"),
                literal("/"),
                rest("path"),
                literal("/raw"),
            ],
            None,
        ),
        ("/v1/job:cancel/$count", vec![literal("/v1/job:cancel/$count")], None),
        ("/any/*/a*b", vec![literal("/any/*/a*b")], None),
        (
            "/search?type=issue&q=a%20b",
            vec![literal("/search")],
            Some("type=issue&q=a%20b"),
        ),
        (
            "/a%2Fb/c:d@e/.{x}",
            vec![literal("/a%2Fb/c:d@e/."), placeholder("x")],
            None,
        ),
    ] {
        let query = query.map(str::to_owned);
        assert_eq!(read(text), Ok(Template { pieces, query }), "{text}");
    }
}

#[test]
fn mistakes() {
    for (text, message) in [
        ("", "the path is empty\nwrite `\"/\"`"),
        ("todo", "`todo` does not begin with `/`\nwrite `\"/todo\"`"),
        (
            "https://x/todo",
            "`https://x/todo` is a URL, not a path\nwrite what follows its host; the rest is the base URL",
        ),
        ("/todo/{id", "`{id` has no end\nwrite `{id}`"),
        ("/todo/{", "`{` has no end\nwrite `{id}`"),
        ("/{a/b}", "`{a` has no end\nwrite `{a}`"),
        ("/{{id}}", "`{` has no end\nwrite `{id}`"),
        (
            "/todo/id}",
            "`}` without `{` in `/todo/id}`\nwrite a placeholder as `{id}`",
        ),
        ("/todo/{}", "`{}` names no argument\nwrite `{id}`"),
        ("/{*}", "`{*}` names no argument\nwrite `{*rest}`"),
        (
            "/{id:03}",
            "`{id:03}` has a format\nwrite `{id}`; its argument's `Display` says how it is sent",
        ),
        (
            "/{a+b}",
            "`{a+b}` is not the name of an argument\nwrite a name as `{id}`",
        ),
        (
            "/{id}/{id}",
            "`{id}` is in the path twice\ngive the second another name",
        ),
        ("/a b", "a space in `/a b`\nremove it, or write `%20`"),
        ("/a\nb", "`\\n` in a path\nremove it"),
        ("/a\u{7f}", "`\\u{7f}` in a path\nremove it"),
        ("/a#b", "a path has no `#fragment`\nremove it"),
        ("/a\\b", "`\\` in a path\nwrite `/`"),
        ("/a//b", "`/a//b` has an empty segment\nwrite `\"/a/b\"`"),
        ("//host/a", "`//host/a` has an empty segment\nwrite `\"/host/a\"`"),
        (
            "/a/../b",
            "the segment `..` would be resolved away\nwrite the path that is meant",
        ),
        (
            "/a/%2E%2e",
            "the segment `%2E%2e` would be resolved away\nwrite the path that is meant",
        ),
        (
            "/./b",
            "the segment `.` would be resolved away\nwrite the path that is meant",
        ),
        ("/100%", "`%` in `/100%` is no escape\nwrite `%25`"),
        ("/café", "`é` in a path\nwrite it encoded, as `%C3%A9`"),
        ("/a|b", "`|` in a path\nwrite it encoded, as `%7C`"),
        ("/a?", "nothing follows `?`\nremove it"),
        (
            "/a?page={page}",
            "a placeholder in the query: `page={page}`\nremove it, and mark an argument `#[query(\"page\")]`",
        ),
        ("/a?b=\"", "`\"` in a query\nwrite it encoded, as `%22`"),
    ] {
        assert_eq!(read(text), Err(message.to_owned()), "{text}");
    }
}

#[test]
fn placeholders_of_other_libraries() {
    for (text, message) in [
        (
            "/{0}",
            "`{0}` is a position, not a name\nwrite the name of an argument, as `{id}`",
        ),
        (
            "/{**rest}",
            "unknown placeholder `{**rest}`\nwrite `{*rest}` for several segments, or `{rest}` for one",
        ),
        (
            "/{+rest}",
            "unknown placeholder `{+rest}`\nwrite `{*rest}` for several segments, or `{rest}` for one",
        ),
        (
            "/{rest...}",
            "unknown placeholder `{rest...}`\nwrite `{*rest}` for several segments, or `{rest}` for one",
        ),
        (
            "/a{*rest}",
            "`{*rest}` is part of the segment `a{*rest}`\nwrite `/{*rest}` between slashes, or `{rest}`, which is part \
             of one segment",
        ),
        (
            "/a/{*rest}.json/b",
            "`{*rest}` is part of the segment `{*rest}.json`\nwrite `/{*rest}` between slashes, or `{rest}`, which is \
             part of one segment",
        ),
        (
            "/a/{b}{*rest}/c",
            "`{*rest}` is part of the segment `{b}{*rest}`\nwrite `/{*rest}` between slashes, or `{rest}`, which is \
             part of one segment",
        ),
        (
            "/{id}/{*id}",
            "`{*id}` is in the path twice\ngive the second another name",
        ),
        (
            "/b{?page}",
            "a placeholder in the query: `{?page}`\nremove it, and mark an argument `#[query] page`",
        ),
        (
            "/b/{id?}",
            "`{id?}` cannot be left out\nwrite `{id}`, and a second method for the path without it",
        ),
        (
            "/b/:id",
            "`:id` is sent as it is\nwrite `{id}` for an argument, or `%3Aid` for a colon",
        ),
        (
            "/b/*rest",
            "`*rest` is sent as it is\nwrite `{*rest}` for several segments, or `%2Arest` for an asterisk",
        ),
        ("/b/<id>", "`<id>` is no placeholder\nwrite `{id}`"),
        ("/b/<int:id>/c", "`<int:id>` is no placeholder\nwrite `{id}`"),
        ("/b/[id]", "`[id]` is no placeholder\nwrite `{id}`"),
        (
            "/b/${id}",
            "the `$` of `${id}` is sent as it is\nwrite `{id}` for an argument, or `%24{id}` for a dollar sign",
        ),
    ] {
        assert_eq!(read(text), Err(message.to_owned()), "{text}");
    }
}

#[test]
fn several_mistakes_are_all_reported() {
    let messages = read("/{}/{id}/{id}").expect_err("two mistakes");
    assert_eq!(messages.matches("\n\n").count(), 1);
}
