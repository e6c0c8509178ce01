def test_smoke(client):
    r = client.get("/feedback/correction")
    print(r.text)
    assert r.status_code == 200
    r = client.post("/feedback/correction", data={"error_type": "typo", "page_url": "http://localhost/plans/x/1", "page_title": "t", "description": "\nabc\n <b>", "name": "张三"})
    print(r.text)
    assert r.status_code == 200
    assert 0
