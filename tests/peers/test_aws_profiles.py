"""The AWS shared files and the chain of sources, beside what AWS's SDK for Python makes of the same files and variables.

The SDK says what is right, in each case anew; no service is asked on either side.
"""

import json
import os
import random
import subprocess

import botocore.configloader
import botocore.credentials
import botocore.session
import botocore.utils
import pytest
from botocore.configprovider import ConfiguredEndpointProvider
from botocore.exceptions import BotoCoreError

import aws_profile_cases as cases

PROBE = os.environ["AIOKPL_PROFILE_PROBE"]
KEYS = botocore.credentials.Credentials
SERVICES = ("kinesis", "cloudwatch", "sts", "sso", "sso-oidc")


@pytest.fixture
def set_up(tmp_path, monkeypatch):
    """set_up(case): the files of a case in a home of its own, and the process's environment."""

    def set_up(case):
        for name in list(os.environ):
            if name.startswith("AWS_"):
                monkeypatch.delenv(name)
        (tmp_path / ".aws").mkdir()
        (tmp_path / "elsewhere").write_text("[default]\naws_access_key_id = E\naws_secret_access_key = S\n")
        for name in ("config", "credentials"):
            text = case[name]
            if text is not None:
                (tmp_path / ".aws" / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        monkeypatch.setenv("HOME", str(tmp_path))
        for name, value in case["env"].items():
            monkeypatch.setenv(name, value.replace("{home}", str(tmp_path)))

    return set_up


@pytest.fixture(autouse=True)
def no_service_is_asked(monkeypatch):
    """What the SDK would ask a process or a service for stands still, and is described instead."""

    def process(self, command):
        return {"access_key": command, "secret_key": "-", "token": None}

    def container(self):
        return KEYS("-", "-", method="container-role")

    def metadata(self):
        if os.environ.get("AWS_EC2_METADATA_DISABLED") == "true":
            return {}
        return {"role_name": "r", "access_key": "-", "secret_key": "-", "token": "-", "expiry_time": "2999-01-01T00:00:00Z"}

    monkeypatch.setattr(botocore.credentials.ProcessProvider, "_retrieve_credentials_using", process)
    monkeypatch.setattr(botocore.credentials.ContainerProvider, "_retrieve_or_fail", container)
    monkeypatch.setattr(botocore.utils.InstanceMetadataFetcher, "retrieve_iam_role_credentials", metadata)


def described(session, credentials):
    """The SDK's credentials as the probe describes ours."""
    if credentials is None:
        return None
    method = credentials.method
    if method == "custom-process":
        return {"method": method, "command": credentials.access_key}
    if method == "container-role":
        return {"method": method}
    if method == "iam-role":
        endpoint = session.get_config_variable("ec2_metadata_service_endpoint")
        return {"method": method, "endpoint": endpoint, "mode": botocore.utils.resolve_imds_endpoint_mode(session)}
    if method not in ("sso", "assume-role", "assume-role-with-web-identity"):
        keys = {"access_key": credentials.access_key, "secret_key": credentials.secret_key, "token": credentials.token}
        return {"method": method, **keys}
    fetcher = credentials._refresh_using.__self__
    if method == "sso":
        names = {"start_url": "_start_url", "region": "_sso_region", "account_id": "_account_id", "role_name": "_role_name"}
        settings = {ours: getattr(fetcher, theirs) for ours, theirs in names.items()}
        return {"method": method, **settings, "sso_session": fetcher._sso_session_name}
    return described_role(session, method, fetcher)


def described_role(session, method, fetcher):
    asked = fetcher._assume_kwargs
    given_name = None if fetcher._using_default_session_name else asked["RoleSessionName"]
    description = {
        "method": method,
        "role_arn": fetcher._role_arn,
        "session_name": given_name,
        "external_id": asked.get("ExternalId"),
        "duration": asked.get("DurationSeconds"),
        **{f"sts_{key}": value for key, value in place_of_sts(session).items()},
    }
    if method == "assume-role":
        description["source"] = described(session, fetcher._source_credentials)
    else:
        description["token_file"] = fetcher._web_identity_token_loader._web_identity_token_path
    return description


def attempt(ask):
    """A refusal is told by its kind of exception: bugs of this file are no refusals."""
    try:
        return ask()
    except (BotoCoreError, AttributeError) as refusal:
        if isinstance(refusal, AttributeError) and "'str' object" not in str(refusal):
            raise
        return {"error": str(refusal)}


def endpoint_of(session, service):
    if session.get_config_variable("ignore_configured_endpoint_urls"):
        return None
    return ConfiguredEndpointProvider(session.full_config, session.get_scoped_config(), service).provide()


def place_of_sts(session):
    """The region and the URL that the SDK's client of STS has been told, by the client that it makes."""
    region, endpoint = session.get_config_variable("region"), endpoint_of(session, "sts")
    how = session.get_config_variable("sts_regional_endpoints")
    if how == "regional":
        return {"region": region, "endpoint": endpoint}
    client = session.create_client("sts", aws_access_key_id="-", aws_secret_access_key="-")
    if endpoint is None and client.meta.endpoint_url == "https://sts.amazonaws.com":
        return {"region": client._client_config.region_name and "us-east-1", "endpoint": client.meta.endpoint_url}
    return {"region": region, "endpoint": endpoint}


def settings_of(session):
    variable = session.get_config_variable
    return {
        "region": variable("region"),
        "ca_bundle": variable("ca_bundle"),
        "fips": bool(variable("use_fips_endpoint")),
        "dualstack": bool(variable("use_dualstack_endpoint")),
        "endpoints": {service: attempt(lambda: endpoint_of(session, service)) for service in SERVICES},
        "sts": place_of_sts(session),
    }


def theirs(profile):
    def resolve():
        session = botocore.session.Session(profile=profile)
        session.get_scoped_config()
        credentials = attempt(lambda: described(session, session.get_credentials()))
        return {"credentials": credentials, "settings": attempt(lambda: settings_of(session))}

    return attempt(resolve)


def ours(profile):
    arguments = [PROBE, "resolve", *([profile] if profile else [])]
    done = subprocess.run(arguments, capture_output=True, timeout=30, check=True)
    answer = json.loads(done.stdout)
    answer.pop("profile", None)
    return answer


def without_words(answer):
    """Only that something was refused is compared, not how each says it."""
    if not isinstance(answer, dict):
        return answer
    if "error" in answer:
        return {"error": True}
    return {key: without_words(value) for key, value in answer.items()}


@pytest.mark.parametrize("name", cases.ALL)
def test_the_same_comes_out(set_up, name):
    case = cases.ALL[name]
    set_up(case)
    expected, actual = theirs(case["profile"]), ours(case["profile"])
    print("theirs", expected, "\nours  ", actual)
    assert without_words(actual) == without_words(expected)


@pytest.mark.parametrize("name", cases.STRICTER)
def test_refused_in_words(set_up, name):
    case, words = cases.STRICTER[name]
    set_up(case)
    assert botocore.session.Session(profile=case["profile"]).get_credentials() is not None
    assert words in ours(case["profile"])["credentials"]["error"]


def test_a_region_has_a_variable_of_its_own(set_up):
    """AWS_REGION is what Lambda, ECS and the other SDKs set; this one does not read it."""
    set_up(cases.case("[default]\nregion = a-1\n", env={"AWS_DEFAULT_REGION": "b-1", "AWS_REGION": "c-1"}))
    assert theirs(None)["settings"]["region"] == "b-1"
    assert ours(None)["settings"]["region"] == "c-1"


def test_no_secret_is_told(set_up):
    set_up(cases.case("[default]\naws_access_key_id = A\naws_secret_access_key = sesame\n  open-sesame\n"))
    assert "sesame" not in ours(None)["credentials"]["error"]
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.environ["HOME"] + "/.aws/config"
    with open(os.environ["AWS_SHARED_CREDENTIALS_FILE"], "w") as file:
        file.write("[default]\nsesame\n")
    answer = ours(None)
    assert "config:2: " in answer["error"] and "sesame" not in answer["error"]


PIECES = (
    "[default]", "[profile a]", '[profile "a b"]', "[services s]", "[DEFAULT]", "[", "]", "=", ":", "#", ";", "\\", '"',
    "'", " ", "  ", "\t", "\n", "\n", "\n", "\n  ", "\n# c\n", "\r\n", "\r", "\u00a0", "\u2003", "key", "Key",
    "key = value", "\nk2 = v", "\nk3 =\n  a = b\n  c = d", "region", "ä", "\ufeff", "\x00",
)  # fmt: skip


def test_texts_by_chance_are_read_alike(tmp_path):
    source = random.Random(20240719)
    paths, refused = [], 0
    for number in range(5000):
        start = source.choice(("", "[default]\n", "[a]\nx = y\n"))
        text = start + "".join(source.choices(PIECES, k=source.randrange(1, 12)))
        paths.append(tmp_path / str(number))
        paths[-1].write_bytes(text.encode())
    done = subprocess.run([PROBE, "parse", *paths], capture_output=True, timeout=120, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    for path, answer in zip(paths, answers, strict=True):
        expected = attempt(lambda: botocore.configloader.raw_config_parse(str(path)))
        refused += "error" in expected
        if "indented block" in answer.get("error", "") and b"[DEFAULT]" in path.read_bytes():
            continue  # the SDK sees these lines only where a section inherits them
        assert without_words(answer) == without_words(expected), path.read_bytes()
    assert 500 < refused < 4500, "both kinds are met"
