"""Reports a loan to the ledger, as a bank: applied, complete, granted, paid out, partly repaid; then reads it.

    .venv/bin/python crates/api/examples/python/report_loan.py --target localhost:8443 \
        --ca ca.pem --cert bank.pem --key bank.key --enterprise 91500105MA5U000017 --loan 2026-001

The environment is that of assess.py. Each step has a request id of its own: kept with the loan before it is sent, the same id
gives the same answer after a crash and enters nothing twice. Exit code 0: every step went well; 1: a call failed, for the reason
printed.
"""

import argparse
import datetime
import importlib
import pathlib
import sys
import tempfile

import grpc
from google.rpc import error_details_pb2
from google.type import date_pb2
from grpc_status import rpc_status

from assess import generate, new_request_id, reason_of

FEN = 100


def today():
    """The day in Beijing."""
    return datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))).date()


def show_refusal(error):
    """Prints why a step was not entered: code, reason, and what is allowed."""
    status = rpc_status.from_call(error)
    print(error.code().name, reason_of(status), error.details())
    info, request = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for detail in status.details if status else ():
        if detail.Unpack(info):
            for name, value in sorted(info.metadata.items()):
                print(f"  {name} = {value}")
        if detail.Unpack(request):
            for violation in request.field_violations:
                print(f"  {violation.field} {violation.description}")


def steps(loans, pb, calls, arguments):
    """The life of an ordinary loan of 500,000 yuan, as far as it goes in a day."""
    day = today()
    head = {
        "person": arguments.person,
        "effective_on": date_pb2.Date(year=day.year, month=day.month, day=day.day),
        "loan_no": arguments.loan,
    }
    application = pb.LoanApplication(
        enterprise_id=arguments.enterprise,
        borrower_kind=pb.BORROWER_KIND_ENTERPRISE,
        district="500103",
        industry="C3511",
        size=pb.ENTERPRISE_SIZE_SMALL,
        list_tier=pb.LIST_TIER_NONE,
        bank_kind=pb.BANK_KIND_COMMERCIAL_BANK,
        product=pb.LOAN_PRODUCT_PURE_CREDIT,
        scheme=pb.LOAN_SCHEME_ORDINARY,
        requested_fen=500_000 * FEN,
    )
    grant = pb.LoanGrant(amount_fen=500_000 * FEN, annual_rate_ppm=45_000, term_months=12)
    disbursement = pb.LoanDisbursement(amount_fen=500_000 * FEN)
    repayment = pb.LoanRepayment(principal_fen=100_000 * FEN)
    yield loans.ApplyForLoan, calls.ApplyForLoanRequest(**head, application=application)
    yield loans.CompleteDocuments, calls.CompleteDocumentsRequest(**head)
    yield loans.GrantLoan, calls.GrantLoanRequest(**head, grant=grant)
    yield loans.DisburseLoan, calls.DisburseLoanRequest(**head, disbursement=disbursement)
    yield loans.RepayLoan, calls.RepayLoanRequest(**head, repayment=repayment)


def main():
    """Each step, then the loan as the ledger has it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", required=True, help="host:port")
    parser.add_argument("--ca", required=True, type=pathlib.Path, help="authority of the server, PEM")
    parser.add_argument("--cert", required=True, type=pathlib.Path, help="certificate of the bank, PEM")
    parser.add_argument("--key", required=True, type=pathlib.Path, help="its key, PEM")
    parser.add_argument("--enterprise", required=True, help="unified social credit code of the borrower")
    parser.add_argument("--loan", required=True, help="number of the loan at the bank")
    parser.add_argument("--person", default="example", help="who reports, as the bank names its staff")
    parser.add_argument("--deadline", default=5.0, type=float, help="seconds that a call may take")
    arguments = parser.parse_args()

    credentials = grpc.ssl_channel_credentials(
        arguments.ca.read_bytes(), arguments.key.read_bytes(), arguments.cert.read_bytes()
    )
    with tempfile.TemporaryDirectory() as folder, grpc.secure_channel(arguments.target, credentials) as channel:
        generate(folder)
        pb = importlib.import_module("shangzhi.ledger.v1.loan_pb2")
        calls = importlib.import_module("shangzhi.ledger.v1.loan_service_pb2")
        stubs = importlib.import_module("shangzhi.ledger.v1.loan_service_pb2_grpc")
        loans = stubs.LoanServiceStub(channel)
        try:
            for call, request in steps(loans, pb, calls, arguments):
                request.request_id = new_request_id()
                first = call(request, timeout=arguments.deadline)
                again = call(request, timeout=arguments.deadline)
                if again != first:
                    raise SystemExit("a repeated request had another answer")
                print("entry", first.entry.entry_no, type(request).__name__)
            found = loans.GetLoan(calls.GetLoanRequest(loan_no=arguments.loan), timeout=arguments.deadline).loan
        except grpc.RpcError as error:
            show_refusal(error)
            return 1
        print(found.loan_no, pb.LoanState.Name(found.state), "outstanding", found.outstanding_fen, "fen")
    return 0


if __name__ == "__main__":
    sys.exit(main())
