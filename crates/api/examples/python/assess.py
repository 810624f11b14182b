"""Asks for the rating of an enterprise, as a bank: one call, then a batch, over mutual TLS.

    python3 -m venv .venv && .venv/bin/pip install -r crates/api/examples/python/requirements.txt
    .venv/bin/python crates/api/examples/python/assess.py --target localhost:8443 \
        --ca ca.pem --cert bank.pem --key bank.key --enterprise 91500105MA5U000017

Stubs are generated from proto/ at every run, so they are those of the release at hand. Exit code 0: every step went well;
1: a call failed, for the reason printed; 2: the server does not serve ratings.
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


def is_ready(channel, deadline_s):
    """Whether the server serves ratings, by its health and by its reflection."""
    health = health_pb2_grpc.HealthStub(channel)
    status = health.Check(health_pb2.HealthCheckRequest(service=SERVICE), timeout=deadline_s).status
    print("health", health_pb2.HealthCheckResponse.ServingStatus.Name(status))
    reflection = reflection_pb2_grpc.ServerReflectionStub(channel)
    ask = reflection_pb2.ServerReflectionRequest(list_services="")
    answer = next(reflection.ServerReflectionInfo(iter([ask]), timeout=deadline_s))
    services = [service.name for service in answer.list_services_response.service]
    print("services", ", ".join(services))
    return status == health_pb2.HealthCheckResponse.SERVING and SERVICE in services


def assess(bank, enterprise, pb, calls, purpose, deadline_s):
    """One rating, with a value that the bank alone knows, in the unit of the catalogue."""
    request = calls.AssessRequest(
        request_id=new_request_id(),
        enterprise_id=enterprise,
        purpose=purpose,
    )
    show(bank.Assess(request, timeout=deadline_s).rating, pb)


def assess_batch(bank, enterprises, calls, purpose, deadline_s):
    """Many ratings: one answer an item, in their order; an item that fails does not end the stream."""
    items = [
        calls.AssessBatchRequest(request_id=new_request_id(), enterprise_id=enterprise, purpose=purpose)
        for enterprise in enterprises
    ]
    for item, answer in zip(items, bank.AssessBatch(iter(items), timeout=10 * deadline_s), strict=True):
        if answer.request_id != item.request_id:
            raise SystemExit("an answer out of order")
        if answer.HasField("error"):
            print("batch", item.enterprise_id, answer.error.code, reason_of(answer.error), answer.error.message)
        else:
            print("batch", item.enterprise_id, answer.rating.grade, answer.rating.score)


def main():
    """Health, reflection, Assess, AssessBatch."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", required=True, help="host:port")
    parser.add_argument("--ca", required=True, type=pathlib.Path, help="authority of the server, PEM")
    parser.add_argument("--cert", required=True, type=pathlib.Path, help="certificate of the bank, PEM")
    parser.add_argument("--key", required=True, type=pathlib.Path, help="its key, PEM")
    parser.add_argument("--enterprise", required=True, nargs="+", help="one id or more; the first is asked for alone")
    parser.add_argument("--deadline", default=2.0, type=float, help="seconds that a call may take, a batch ten times as many")
    arguments = parser.parse_args()

    credentials = grpc.ssl_channel_credentials(
        arguments.ca.read_bytes(), arguments.key.read_bytes(), arguments.cert.read_bytes()
    )
    with tempfile.TemporaryDirectory() as folder, grpc.secure_channel(arguments.target, credentials) as channel:
        generate(folder)
        purpose = importlib.import_module("shangzhi.rating.v1.consent_pb2").PURPOSE_LOAN_APPLICATION
        pb = importlib.import_module("shangzhi.rating.v1.rating_pb2")
        calls = importlib.import_module("shangzhi.rating.v1.rating_service_pb2")
        stubs = importlib.import_module("shangzhi.rating.v1.rating_service_pb2_grpc")
        bank = stubs.RatingServiceStub(channel)
        try:
            if not is_ready(channel, arguments.deadline):
                return 2
            assess(bank, arguments.enterprise[0], pb, calls, purpose, arguments.deadline)
            assess_batch(bank, arguments.enterprise, calls, purpose, arguments.deadline)
        except grpc.RpcError as error:
            print(error.code().name, reason_of(rpc_status.from_call(error)), error.details())
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
