"""Every region that AWS's SDK for Python knows, and some that nobody knows: our endpoints are the SDK's."""

import itertools
import os
import subprocess
import urllib.parse

import botocore.config
import botocore.endpoint_provider
import botocore.exceptions
import botocore.session
import pytest

SERVICES = {"kinesis": "kinesis", "monitoring": "cloudwatch", "sts": "sts", "portal.sso": "sso", "oidc": "sso-oidc"}
# Regions that may be opened one day, names that only look like a region of a partition, and regions of others.
UNKNOWN = [
    "us-east-99", "eu-moon-1", "mx-west-7", "cn-south-1", "us-gov-north-3", "us-iso-south-9", "us-isob-x-1",
    "eu-isoe-north-2", "us-isof-north-1", "eusc-de-west-2", "eusc-fr-west-1", "cn-1", "cn-a-b-1", "cn--1",
    "us-gov-west", "us-gov-west-1-lax-1a", "us-isoz-east-1", "local", "1", "xx-north-1",
]  # fmt: skip
URLS = ["https://vpce-1.kinesis.us-east-1.vpce.amazonaws.com", "http://example.com:4567/path"]


@pytest.fixture(scope="module")
def sdk():
    """A function (service, region, fips, dualstack, url) -> "url signing-region", or "error"."""
    loader = botocore.session.get_session().get_component("data_loader")
    partitions = loader.load_data("partitions")
    providers = {}
    for name, folder in SERVICES.items():
        rules = loader.load_service_model(folder, "endpoint-rule-set-1")
        providers[name] = botocore.endpoint_provider.EndpointProvider(rules, partitions)

    def resolve(service, region, fips, dualstack, url):
        parameters = {"Region": region, "UseFIPS": fips, "UseDualStack": dualstack}
        if url != "-":
            parameters["Endpoint"] = url
        try:
            endpoint = providers[service].resolve_endpoint(**parameters)
        except botocore.exceptions.EndpointProviderError:
            return "error"
        signed = region
        for scheme in endpoint.properties.get("authSchemes", []):
            signed = scheme.get("signingRegion", signed)
        path = "" if "/" in endpoint.url.removeprefix("https://").removeprefix("http://") else "/"
        return f"{endpoint.url}{path} {signed}"

    resolve.regions = [region for partition in partitions["partitions"] for region in partition["regions"]]
    return resolve


def ours(cases, *arguments):
    lines = "".join(f"{service} {region} {fips:d} {dualstack:d} {url}\n" for service, region, fips, dualstack, url in cases)
    done = subprocess.run(
        [os.environ["AIOKPL_ENDPOINT_PROBE"], *arguments],
        input=lines,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.splitlines()


def compare(sdk, cases):
    answers = ours(cases)
    assert len(answers) == len(cases)
    different = {
        case: (answer, sdk(*case))
        for case, answer in zip(cases, answers)
        if ("error" if answer.startswith("error: ") else answer) != sdk(*case)
    }
    assert not different
    return answers


def test_endpoints_of_all_regions(sdk):
    cases = list(itertools.product(SERVICES, sdk.regions + UNKNOWN, (False, True), (False, True), ["-"]))
    # A host without a region is one for all: there is none with FIPS or dual stack, and the SDK signs for no region.
    cases = [case for case in cases if case[:2] != ("sts", "aws-global") or not (case[2] or case[3])]
    assert len(cases) > 1000
    compare(sdk, cases)


def test_urls_stand_for_themselves_and_beside_nothing_else(sdk):
    cases = list(itertools.product(SERVICES, ["eu-west-1", "cn-north-1"], (False, True), (False, True), URLS))
    errors = [answer for answer in compare(sdk, cases) if answer.startswith("error: ")]
    assert len(errors) == len(cases) * 3 // 4
    assert all("must not be on beside endpoint_url" in error for error in errors)


# The whole client, whose words about the environment and old names of regions come before the rules.
@pytest.mark.parametrize("region", ["fips-us-east-1", "us-gov-west-1-fips", "us-east-1"])
def test_old_names_mean_fips(region):
    client = botocore.session.get_session().create_client("kinesis", region_name=region)
    assert ours([("kinesis", region, False, False, "-")]) == [f"{client.meta.endpoint_url}/ {client.meta.region_name}"]


CALLS = {
    "kinesis": lambda client: client.list_streams(),
    "monitoring": lambda client: client.list_metrics(),
    "sts": lambda client: client.get_caller_identity(),
    "portal.sso": lambda client: client.list_accounts(accessToken="-"),
    "oidc": lambda client: client.create_token(clientId="-", clientSecret="-", grantType="-"),
}
OWN = {
    "kinesis": "AWS_ENDPOINT_URL_KINESIS",
    "monitoring": "AWS_ENDPOINT_URL_CLOUDWATCH",
    "sts": "AWS_ENDPOINT_URL_STS",
    "portal.sso": "AWS_ENDPOINT_URL_SSO",
    "oidc": "AWS_ENDPOINT_URL_SSO_OIDC",
}
ENVIRONMENTS = [
    {},
    {"OWN": "http://own.example:1/"},
    {"OWN": "http://own.example:1/", "AWS_ENDPOINT_URL": "http://all.example:2/"},
    {"AWS_ENDPOINT_URL": "http://all.example:2/"},
    {"OWN": "http://own.example:1/", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
    {"AWS_USE_FIPS_ENDPOINT": "true"},
    {"AWS_USE_DUALSTACK_ENDPOINT": "true"},
    {"AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "true"},
    {"OWN": "http://own.example:1/", "AWS_USE_FIPS_ENDPOINT": "true"},
    {"OWN": "http://own.example:1/", "AWS_USE_DUALSTACK_ENDPOINT": "true"},
    {"OWN": "http://own.example:1/", "AWS_USE_FIPS_ENDPOINT": "true", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
]


class NotSent(Exception):
    """In the place of an answer: the request is known."""


def asked_by_the_sdk(service, region):
    """Scheme and host of the URL that a client of the SDK would ask in this environment, or "error"."""
    client = botocore.session.Session().create_client(SERVICES[service], region_name=region)
    asked = []

    def stop(request, **_):
        asked.append(urllib.parse.urlsplit(request.url))
        raise NotSent

    client.meta.events.register("before-send", stop)
    try:
        CALLS[service](client)
    except NotSent:
        return f"{asked[0].scheme}://{asked[0].netloc}"
    except botocore.exceptions.EndpointProviderError:
        return "error"
    raise AssertionError("no request was made")


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("region", ["eu-west-1", "us-gov-west-1"])
def test_the_environment_says_the_same_to_both(monkeypatch, service, region):
    for variables in ENVIRONMENTS:
        variables = {OWN[service] if name == "OWN" else name: value for name, value in variables.items()}
        with monkeypatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, value)
            (answer,) = ours([(service, region, False, False, "-")], "--environment")
            url = urllib.parse.urlsplit(answer.split()[0])
            found = "error" if answer.startswith("error: ") else f"{url.scheme}://{url.netloc}"
            beside_url = OWN[service] in variables and len(variables) == 2 and any("_USE_" in name for name in variables)
            # The SDK leaves the switches aside, and so do we where credentials come from; what is sent to Kinesis and
            # CloudWatch must not miss what was asked for.
            refused = beside_url and service in ("kinesis", "monitoring")
            assert found == ("error" if refused else asked_by_the_sdk(service, region)), variables
