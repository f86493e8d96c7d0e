def test_x():
    import sys, time, tempfile, os
    from pathlib import Path

    t = time.time()
    from tests.twins import club
    from privseg.terms import StaffRole

    print("import", time.time() - t)
    t = time.time()
    d = Path(tempfile.mkdtemp())
    os.environ["PRIVSEG_KEYS"] = str(d / "k")
    ws = club.found(d, club.crowd(200))
    print("found", time.time() - t)
    t = time.time()
    ws.role = StaffRole.MARKETER
    p = ws.report("overview")
    print("report", time.time() - t)
    t = time.time()
    print(p.to_pandas())
    print(ws.audit_verify())
    o = club.last_outcome(ws)
    print(len(o.eligible), {k: len(v) for k, v in o.members.items()})
    i = club.internal(ws, "overview")
    print(i.tallies["all"][("buyers", "")].people)
    t = time.time()
    for _ in range(20):
        ws.report("overview")
    print("again", (time.time() - t) / 20)
    for n in ("forbidden",):
        try:
            ws.report(n)
        except Exception as e:
            print(type(e).__mro__, e)
    print([(l.entry.kind, l.entry.outcome, dict(l.entry.header)) for l in club.log_of(ws)][-3:])
