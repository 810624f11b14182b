"""Asks for the rating of an enterprise, as a bank: one call, then a batch, over mutual TLS.

    python3 -m venv .venv && .venv/bin/pip install -r crates/api/examples/python/requirements.txt
    .venv/bin/python crates/api/examples/python/assess.py --target localhost:8443 \
        --ca ca.pem --cert bank.pem --key bank.key --enterprise 91500105MA5U000017

Stubs are generated from proto/ at every run, so they are those of the release at hand. Exit code 0: every step went well;
1: the enterprise has no rating, for the reason printed; 2: the server is not what it should be.
"""

import argparse
import importlib
import pathlib
import sys
import tempfile
import uuid

import grpc
import grpc_tools
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_status import rpc_status
from grpc_tools import protoc

PROTO = pathlib.Path(__file__).resolve().parents[4] / "proto"
SERVICE = "shangzhi.rating.v1.RatingService"
DEADLINE_S = 2.0


def generate(folder):
    """Writes the stubs of proto/shangzhi into a folder and makes them importable; google's own come with grpcio-status."""
    known = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    files = sorted(str(path.relative_to(PROTO)) for path in (PROTO / "shangzhi").rglob("*.proto"))
    arguments = ["protoc", f"-I{PROTO}", f"-I{known}", f"--python_out={folder}", f"--grpc_python_out={folder}", *files]
    if protoc.main(arguments) != 0:
        raise SystemExit("the stubs could not be generated")
    sys.path.insert(0, folder)


def new_request_id():
    """A request id: kept with the application, the same id gives the same rating after a crash."""
    return str(uuid.uuid4())


def reason_of(status):
    """The reason in a google.rpc.Status, of a call or of an item."""
    info = error_details_pb2.ErrorInfo()
    for detail in status.details if status else ():
        if detail.Unpack(info):
            return info.reason
    return ""


def show(rating, pb):
    """Prints a rating with its reasons."""
    if rating.outcome == pb.OUTCOME_NOT_RATABLE:
        why = ", ".join(pb.NotRatableReason.Name(code) for code in rating.not_ratable)
        print(f"{rating.enterprise_id} is not rated: {why}")
    else:
        print(f"{rating.enterprise_id} {rating.grade} {rating.score}")
    # Absent is not zero: the model is not calibrated.
    print("probability of default", f"{rating.pd_ppm} ppm" if rating.HasField("pd_ppm") else "not calibrated")
    for reason in rating.reasons:
        print(f"  -{reason.points_lost:3} {reason.code}  {reason.text_zh}")
    print(f"line {rating.line.amount_fen} fen, {pb.LineState.Name(rating.line.state)}")
    print(rating.notice)


def main():
    """Health, reflection, Assess, AssessBatch."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", required=True, help="host:port")
    parser.add_argument("--ca", required=True, help="authority of the server, PEM")
    parser.add_argument("--cert", required=True, help="certificate of the bank, PEM")
    parser.add_argument("--key", required=True, help="its key, PEM")
    parser.add_argument("--enterprise", required=True, nargs="+", help="one id or more; the first is asked for alone")
    arguments = parser.parse_args()

    folder = tempfile.TemporaryDirectory()
    generate(folder.name)
    consent = importlib.import_module("shangzhi.rating.v1.consent_pb2")
    pb = importlib.import_module("shangzhi.rating.v1.rating_pb2")
    calls = importlib.import_module("shangzhi.rating.v1.rating_service_pb2")
    stubs = importlib.import_module("shangzhi.rating.v1.rating_service_pb2_grpc")

    read = lambda path: pathlib.Path(path).read_bytes()
    credentials = grpc.ssl_channel_credentials(read(arguments.ca), read(arguments.key), read(arguments.cert))
    with folder, grpc.secure_channel(arguments.target, credentials) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        answer = health.Check(health_pb2.HealthCheckRequest(service=SERVICE), timeout=DEADLINE_S)
        print("health", health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status))
        if answer.status != health_pb2.HealthCheckResponse.SERVING:
            return 2

        reflection = reflection_pb2_grpc.ServerReflectionStub(channel)
        ask = reflection_pb2.ServerReflectionRequest(list_services="")
        answer = next(reflection.ServerReflectionInfo(iter([ask]), timeout=DEADLINE_S))
        services = [service.name for service in answer.list_services_response.service]
        print("services", ", ".join(services))
        if SERVICE not in services:
            return 2

        bank = stubs.RatingServiceStub(channel)
        request = calls.AssessRequest(
            request_id=new_request_id(),
            enterprise_id=arguments.enterprise[0],
            purpose=consent.PURPOSE_LOAN_APPLICATION,
            # What the bank alone knows, in the unit of the catalogue.
            features=[pb.CallerFeature(name="working_capital_loans", number=500_000.0)],
        )
        try:
            show(bank.Assess(request, timeout=DEADLINE_S).rating, pb)
        except grpc.RpcError as error:
            print(error.code().name, reason_of(rpc_status.from_call(error)), error.details())
            return 1

        items = [
            calls.AssessBatchRequest(
                request_id=new_request_id(), enterprise_id=enterprise, purpose=consent.PURPOSE_LOAN_APPLICATION
            )
            for enterprise in arguments.enterprise
        ]
        # One answer an item, in their order; an item that fails does not end the stream.
        for item, answer in zip(items, bank.AssessBatch(iter(items), timeout=10 * DEADLINE_S), strict=True):
            assert answer.request_id == item.request_id
            if answer.HasField("error"):
                print("batch", item.enterprise_id, answer.error.code, reason_of(answer.error), answer.error.message)
            else:
                print("batch", item.enterprise_id, answer.rating.grade, answer.rating.score)
    return 0


if __name__ == "__main__":
    sys.exit(main())
