"""Roles assumed at moto's STS, which checks our signature with botocore; and our calls beside botocore's own."""

import contextlib
import datetime
import http.server
import json
import os
import subprocess
import urllib.parse
import urllib.request

import boto3
import botocore.config
import botocore.exceptions
import pytest

import servers

PROBE = os.environ["AIOKPL_CREDENTIALS_PROBE"]
ROLE = "arn:aws:iam::123456789012:role/producer"
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]}


def client(service, url, **credentials):
    return boto3.client(service, endpoint_url=url, region_name="us-east-1", **credentials)


@pytest.fixture
def user(start):
    """A user of moto's who may assume roles, from now on by valid signatures alone: the URL, and the user's key."""
    url = start(servers.moto, True)
    iam = client("iam", url)
    iam.create_user(UserName="producer")
    iam.put_user_policy(UserName="producer", PolicyName="sts", PolicyDocument=json.dumps(ALLOW))
    iam.create_role(RoleName="producer", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.put_role_policy(RoleName="producer", PolicyName="sts", PolicyDocument=json.dumps(ALLOW))
    key = iam.create_access_key(UserName="producer")["AccessKey"]
    plain = {"Content-Type": "text/plain"}  # a form's body would be read as one
    reset = urllib.request.Request(f"{url}/moto-api/reset-auth", b"0", plain, method="POST")
    urllib.request.urlopen(reset, timeout=20).close()
    return url, key["AccessKeyId"], key["SecretAccessKey"]


def probe(url, *arguments, **variables):
    environment = {**os.environ, "AWS_ENDPOINT_URL_STS": url, **variables}
    ended = subprocess.run([PROBE, *arguments], env=environment, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def identity(url, made):
    """Who moto says that we are, with what it gave us."""
    sts = client(
        "sts",
        url,
        aws_access_key_id=made["access_key_id"],
        aws_secret_access_key=made["secret_access_key"],
        aws_session_token=made["session_token"],
    )
    return sts.get_caller_identity()["Arn"]


def test_a_role_is_assumed_with_a_signature(user):
    url, key, secret = user
    made = probe(url, "assume-role", ROLE, "my=session,@host", "a&b+c/d", AWS_ACCESS_KEY_ID=key, AWS_SECRET_ACCESS_KEY=secret)
    assert "failure" not in made, made
    assert identity(url, made) == "arn:aws:sts::123456789012:assumed-role/producer/my=session,@host"
    lives = datetime.datetime.fromisoformat(made["expires"]) - datetime.datetime.now(datetime.timezone.utc)
    assert datetime.timedelta(minutes=115) < lives <= datetime.timedelta(minutes=120)


def test_roles_are_chained_by_their_token(user):
    url, key, secret = user
    first = probe(url, "assume-role", ROLE, "first", AWS_ACCESS_KEY_ID=key, AWS_SECRET_ACCESS_KEY=secret)
    second = probe(
        url,
        "assume-role",
        ROLE,
        "second",
        AWS_ACCESS_KEY_ID=first["access_key_id"],
        AWS_SECRET_ACCESS_KEY=first["secret_access_key"],
        AWS_SESSION_TOKEN=first["session_token"],
    )
    assert identity(url, second).endswith("/second")


def test_a_wrong_secret_is_told_in_the_services_words(user):
    url, key, secret = user
    made = probe(url, "assume-role", ROLE, AWS_ACCESS_KEY_ID=key, AWS_SECRET_ACCESS_KEY="wrong" + secret)
    assert made["failure"].startswith(f"STS AssumeRole of {ROLE}: HTTP 403, SignatureDoesNotMatch: "), made
    assert not made["temporary"] and secret not in made["failure"]


def test_a_role_is_assumed_with_a_token(start, tmp_path):
    url = start(servers.moto, True)
    token = tmp_path / "token"
    token.write_text("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJwb2QifQ.c2lnbmF0dXJl\n")
    made = probe(url, "web-identity", ROLE, "pod-7", str(token))
    assert identity(url, made) == "arn:aws:sts::123456789012:assumed-role/producer/pod-7"


@contextlib.contextmanager
def recorder():
    """Refuses every request, and keeps it: its URL, and the list of forms."""
    forms = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            forms.append(urllib.parse.parse_qs(body, keep_blank_values=True, strict_parsing=True))
            answer = (
                b"<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"
                b"<Message>not &lt;you&gt;</Message></Error></ErrorResponse>"
            )
            self.send_response(403)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    with servers.listening(Handler) as url:
        yield url, forms


def test_our_forms_and_errors_are_those_of_botocore(start, tmp_path):
    url, forms = start(recorder)
    token = tmp_path / "token"
    token.write_text("abc+/=.def")
    sts = boto3.client(
        "sts", endpoint_url=url, region_name="us-east-1", config=botocore.config.Config(retries={"max_attempts": 0})
    )
    session = "a_b=c,d.e@f-g"
    calls = [
        (
            ("assume-role", ROLE, session, "käse & more"),
            lambda: sts.assume_role(RoleArn=ROLE, RoleSessionName=session, DurationSeconds=7200, ExternalId="käse & more"),
        ),
        (
            ("web-identity", ROLE, session, str(token)),
            lambda: sts.assume_role_with_web_identity(RoleArn=ROLE, RoleSessionName=session, WebIdentityToken="abc+/=.def"),
        ),
    ]
    for arguments, theirs in calls:
        forms.clear()
        ours = probe(url, *arguments)
        with pytest.raises(botocore.exceptions.ClientError) as refused:
            theirs()
        assert forms[0] == forms[1]
        error = refused.value.response["Error"]
        assert ours["failure"].endswith(f": HTTP 403, {error['Code']}: {error['Message']}")
