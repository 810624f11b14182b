"""The hash of a first line of the ledger's chain, from the documentation of `ledger::chain` alone.

Prints what `the_layout_of_a_line_is_as_documented` in properties.rs holds the ledger against: the digests of event and
entry, and the hash of the line. Python 3, its standard library only: `python3 crates/ledger/tests/layout.py`.
"""
import datetime
import hashlib
import json
import struct

A="0123456789ABCDEFGHJKLMNPQRTUWXY"; W=[1,3,9,27,19,26,16,17,20,29,25,13,8,24,10,30,28]
s="91500000%09d"%1
code=s+A[(31-sum(A.index(x)*w for x,w in zip(s,W))%31)%31]
day=(datetime.date(2024,5,6)-datetime.date(1970,1,1)).days
rec=day*86400*10**6+4*3600*10**6
model="sha256:"+hashlib.sha256(b"model").hexdigest()
body={"rating":{"rating":"R","did":{"issued":{"enterprise":code,"model":model,"score":700,"grade":"A","recommended_fen":5,"valid_from":"2024-05-06","valid_to":"2025-05-05","negative_hit":False}}}}
ev=json.dumps({"format_version":1,"request_id":"r1","actor":{"id":"p","office":"platform"},"effective_on":"2024-05-06","recorded_at":rec,"body":body},separators=(',',':')).encode()
def u(n):
    o=b''
    while n>127: o+=bytes([n&127|128]); n>>=7
    return o+bytes([n])
def i(n): return u(n<<1 if n>=0 else (-n<<1)-1)
def t(x): x=x.encode(); return u(len(x))+x
some=b'\1'
pk=u(0) # no postings
# the request
pk+=t("request")+t("platform")+t("r1")+some+t("mark")+u(1)
# the rating
pk+=t("rating")+t("R")+some+t("rating")+u(1)+t("2024-05-06")+t(code)+t(model)+i(700)+t("A")+some+i(5)+t("2024-05-06")+t("2025-05-05")+u(0)
entry=hashlib.sha256(pk).digest()
h=hashlib.sha256(bytes(32)+b"shangzhi-ledger-1\n"+struct.pack('>Q',1)+struct.pack('>q',rec)+struct.pack('>Q',len(ev))+ev+entry).hexdigest()
print("event", hashlib.sha256(ev).hexdigest())
print("entry", entry.hex())
print("line ", h)
