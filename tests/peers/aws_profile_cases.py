"""Files and variables whose meaning AWS's SDK knows. Nothing here says what comes out: the SDK says it.

Each case: name -> dict of config and credentials (texts of the two files, absent: no such file), env, and profile (that
the program names). {home} stands for the home directory of the case.
"""

KEYS = "aws_access_key_id = AKIDFILE\naws_secret_access_key = file/secret+key=\n"
OTHER = "aws_access_key_id = AKIDOTHER\naws_secret_access_key = other-secret\naws_session_token = other-token\n"
ENV = {"AWS_ACCESS_KEY_ID": "AKIDENV", "AWS_SECRET_ACCESS_KEY": "env-secret"}
ROLE = "role_arn = arn:aws:iam::123456789012:role/writer\n"
OUTER = "role_arn = arn:aws:iam::210987654321:role/outer\n"
SSO = "sso_start_url = https://example.awsapps.com/start\nsso_region = eu-west-1\n"
ACCOUNT = "sso_account_id = 123456789012\nsso_role_name = Writer\n"
WEB = {"AWS_WEB_IDENTITY_TOKEN_FILE": "/var/run/token", "AWS_ROLE_ARN": "arn:aws:iam::1:role/irsa"}
PROCESS = "credential_process = /opt/bin/give-keys --for \"my account\" 'a b'\n"
CONTAINER = {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/x"}
FULL = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials"}
DISABLED = {"AWS_EC2_METADATA_DISABLED": "true"}


def case(config=None, credentials=None, env=None, profile=None):
    return {"config": config, "credentials": credentials, "env": env or {}, "profile": profile}


ORDER = {
    "nothing, metadata": case(),
    "nothing at all": case(env=DISABLED),
    "environment": case(env=ENV),
    "environment with token": case(env={**ENV, "AWS_SESSION_TOKEN": "t"}),
    "environment with the older token": case(env={**ENV, "AWS_SECURITY_TOKEN": "s", "AWS_SESSION_TOKEN": "t"}),
    "environment over files": case(f"[default]\n{OTHER}", f"[default]\n{KEYS}", ENV),
    "environment over a role": case(f"[default]\n{ROLE}source_profile=b\n[profile b]\n{OTHER}", None, ENV),
    "environment over a profile that a variable names": case(f"[profile a]\n{OTHER}", None, {**ENV, "AWS_PROFILE": "a"}),
    "a profile that the program names over environment": case(f"[profile a]\n{OTHER}", None, ENV, "a"),
    "default that the program names over environment": case(f"[default]\n{OTHER}", None, ENV, "default"),
    "a named profile without credentials passes environment": case("[profile a]\nregion=x\n", None, {**ENV, **CONTAINER}, "a"),
    "a key without its secret": case(env={"AWS_ACCESS_KEY_ID": "AKIDENV"}),
    "credentials file": case(None, f"[default]\n{KEYS}"),
    "credentials file with token": case(None, f"[default]\n{OTHER}"),
    "credentials file with the older token": case(None, f"[default]\n{OTHER}aws_security_token = older\n"),
    "config file": case(f"[default]\n{OTHER}"),
    "credentials over config": case(f"[default]\n{OTHER}", f"[default]\n{KEYS}"),
    "credentials file without its secret": case(None, "[default]\naws_access_key_id = A\n"),
    "secret in the other file": case("[default]\naws_secret_access_key = S\n", "[default]\naws_access_key_id = A\n"),
    "credentials file with a secret alone": case(f"[default]\n{OTHER}", "[default]\naws_secret_access_key = S\n"),
    "config file without its secret": case("[default]\naws_access_key_id = A\n"),
    "web identity over credentials file": case(None, f"[default]\n{KEYS}", WEB),
    "web identity over sso": case(f"[default]\n{SSO}{ACCOUNT}", None, WEB),
    "sso over credentials file": case(f"[default]\n{SSO}{ACCOUNT}", f"[default]\n{KEYS}"),
    "credentials file over process": case(f"[default]\n{PROCESS}", f"[default]\n{KEYS}"),
    "process over config file": case(f"[default]\n{PROCESS}{OTHER}"),
    "process in the credentials file": case(None, f"[default]\n{PROCESS}"),
    "config file over container": case(f"[default]\n{OTHER}", None, CONTAINER),
    "container over metadata": case(env=CONTAINER),
    "container by full uri": case(env=FULL),
    "container while metadata is off": case(env={**CONTAINER, **DISABLED}),
    "role over web identity of the environment": case(f"[default]\n{ROLE}source_profile=b\n[profile b]\n{OTHER}", None, WEB),
    "role over sso": case(f"[default]\n{ROLE}source_profile=b\n{SSO}{ACCOUNT}[profile b]\n{OTHER}"),
    "role over keys": case(f"[default]\n{ROLE}source_profile=b\n{KEYS}[profile b]\n{OTHER}"),
}

CHOICE = {
    "AWS_PROFILE": case(f"[default]\n{KEYS}[profile a]\n{OTHER}", None, {"AWS_PROFILE": "a"}),
    "AWS_DEFAULT_PROFILE": case(f"[default]\n{KEYS}[profile a]\n{OTHER}", None, {"AWS_DEFAULT_PROFILE": "a"}),
    "both variables": case(f"[profile a]\n{OTHER}[profile b]\n{KEYS}", None, {"AWS_PROFILE": "a", "AWS_DEFAULT_PROFILE": "b"}),
    "the program over both": case(f"[profile a]\n{OTHER}[profile b]\n{KEYS}", None, {"AWS_PROFILE": "b"}, "a"),
    "in the credentials file": case(None, f"[default]\n{KEYS}[a]\n{OTHER}", {"AWS_PROFILE": "a"}),
    "parts of both files": case("[profile a]\nregion = eu-west-3\n", f"[a]\n{OTHER}", {"AWS_PROFILE": "a"}),
    "region in both files": case("[profile a]\nregion = eu-west-3\n", f"[a]\nregion = eu-west-1\n{OTHER}", {"AWS_PROFILE": "a"}),
    "missing, variable": case(f"[default]\n{KEYS}", None, {"AWS_PROFILE": "a"}),
    "missing, program": case(f"[default]\n{KEYS}", None, ENV, "a"),
    "missing, with keys of the environment": case(None, None, {**ENV, "AWS_PROFILE": "a"}),
    "default is named and missing": case("[profile a]\n", None, {"AWS_PROFILE": "default"}),
    "prefix missing in the config file": case(f"[a]\n{OTHER}", None, {"AWS_PROFILE": "a"}),
    "prefix in the credentials file": case(None, f"[profile a]\n{OTHER}", {"AWS_PROFILE": "a"}),
    "prefix in the credentials file, named with it": case(None, f"[profile a]\n{OTHER}", {"AWS_PROFILE": "profile a"}),
    "profile default": case(f"[profile default]\n{OTHER}"),
    "default, then profile default": case(f"[default]\n{KEYS}[profile default]\n{OTHER}"),
    "profile default, then default": case(f"[profile default]\n{OTHER}[default]\n{KEYS}"),
    "quoted": case(f'[profile "my own"]\n{OTHER}', None, {"AWS_PROFILE": "my own"}),
    "single quotes": case(f"[profile 'my own']\n{OTHER}", None, {"AWS_PROFILE": "my own"}),
    "escaped": case(f"[profile my\\ own]\n{OTHER}", None, {"AWS_PROFILE": "my own"}),
    "two words unquoted": case(f"[profile my own]\n{OTHER}", None, {"AWS_PROFILE": "my own"}),
    "quote not closed": case(f'[profile "my]\n{OTHER}[default]\n{KEYS}'),
    "quoted in the credentials file": case(None, f'["a"]\n{OTHER}', {"AWS_PROFILE": "a"}),
    "two spellings of one profile": case(f'[profile a]\n{OTHER}[profile "a"]\nregion = x-1\n', None, {"AWS_PROFILE": "a"}),
    "blanks in the header": case(f"[profile   a ]\n{OTHER}", None, {"AWS_PROFILE": "a"}),
    "blank before the default": case(f"[ default ]\n{OTHER}", None, DISABLED),
    "case of names counts": case(f"[profile A]\n{OTHER}[default]\n{KEYS}", None, {"AWS_PROFILE": "a"}),
    "DEFAULT belongs to all": case(f"[DEFAULT]\nregion = eu-north-1\n[profile a]\n{OTHER}", None, {"AWS_PROFILE": "a"}),
    "beyond ASCII": case(f"[profile größe]\n{OTHER}", None, {"AWS_PROFILE": "größe"}),
    "path by variable": case(None, None, {"AWS_CONFIG_FILE": "{home}/.aws/config", "AWS_SHARED_CREDENTIALS_FILE": "~/elsewhere"}),
    "path with a variable in it": case(f"[default]\n{OTHER}", None, {"AWS_CONFIG_FILE": "$HOME/.aws/${PART}", "PART": "config"}),
    "path to nowhere": case(f"[default]\n{OTHER}", None, {"AWS_CONFIG_FILE": "/nonexistent/config", **DISABLED}),
    "path to a directory": case(f"[default]\n{OTHER}", None, {"AWS_CONFIG_FILE": "{home}", **DISABLED}),
    "path to a device": case(None, f"[default]\n{KEYS}", {"AWS_CONFIG_FILE": "/dev/null"}),
}

ROLES = {
    "source profile": case(f"[default]\n{ROLE}source_profile = b\n[profile b]\n{OTHER}"),
    "source profile in the credentials file": case(f"[default]\n{ROLE}source_profile = b\n", f"[b]\n{KEYS}"),
    "role in the credentials file": case(f"[profile b]\n{OTHER}", f"[default]\n{ROLE}source_profile = b\n"),
    "all settings": case(
        f"[default]\n{ROLE}source_profile = b\nexternal_id = ext:1=2\nrole_session_name = me@home\nduration_seconds = 3600\n[profile b]\n{KEYS}"
    ),
    "region of the profile that was asked for": case(f"[default]\n{ROLE}source_profile = b\nregion = eu-west-2\n[profile b]\nregion = x-1\n{KEYS}"),
    "chain of roles": case(f"[default]\n{OUTER}source_profile = b\n[profile b]\n{ROLE}source_profile = c\nexternal_id = e\n[profile c]\n{KEYS}"),
    "chain of three": case(
        f"[default]\n{OUTER}source_profile=b\n[profile b]\n{ROLE}source_profile=c\n[profile c]\nrole_arn=r3\nsource_profile=d\n[profile d]\n{OTHER}"
    ),
    "its own source": case(f"[default]\n{ROLE}source_profile = default\n{KEYS}"),
    "its own source, no keys": case(f"[default]\n{ROLE}source_profile = default\n"),
    "keys end a chain": case(f"[default]\n{OUTER}source_profile = b\n[profile b]\n{ROLE}source_profile = c\n{KEYS}[profile c]\n{OTHER}"),
    "circle of two": case(f"[default]\n{ROLE}source_profile = b\n[profile b]\n{ROLE}source_profile = default\n"),
    "circle behind the first": case(f"[default]\n{ROLE}source_profile=b\n[profile b]\n{ROLE}source_profile=c\n[profile c]\n{ROLE}source_profile=b\n"),
    "circle that keys do not break": case(f"[default]\n{ROLE}source_profile = b\n{KEYS}[profile b]\n{ROLE}source_profile = default\n"),
    "missing source": case(f"[default]\n{ROLE}source_profile = b\n"),
    "source without credentials": case(f"[default]\n{ROLE}source_profile = b\n[profile b]\nregion = x\n"),
    "source with half of the keys": case(f"[default]\n{ROLE}source_profile = b\n[profile b]\naws_access_key_id = A\n"),
    "neither source": case(f"[default]\n{ROLE}", f"[default]\n{KEYS}"),
    "both sources": case(f"[default]\n{ROLE}source_profile = b\ncredential_source = Environment\n[profile b]\n{KEYS}"),
    "environment as source": case(f"[profile a]\n{ROLE}credential_source = Environment\n", None, ENV, "a"),
    "environment as source, unset": case(f"[profile a]\n{ROLE}credential_source = Environment\n", None, {}, "a"),
    "container as source": case(f"[default]\n{ROLE}credential_source = EcsContainer\n", None, CONTAINER),
    "container as source, unset": case(f"[default]\n{ROLE}credential_source = EcsContainer\n"),
    "metadata as source": case(f"[default]\n{ROLE}credential_source = Ec2InstanceMetadata\n"),
    "metadata as source, off": case(f"[default]\n{ROLE}credential_source = Ec2InstanceMetadata\n", None, DISABLED),
    "unknown source": case(f"[default]\n{ROLE}credential_source = Elsewhere\n"),
    "source in another case": case(f"[default]\n{ROLE}credential_source = environment\n", None, CONTAINER),
    "source by web identity": case(f"[default]\n{OUTER}source_profile = b\n[profile b]\n{ROLE}web_identity_token_file = /t\n"),
    "source by sso": case(f"[default]\n{OUTER}source_profile = b\n[profile b]\n{SSO}{ACCOUNT}"),
    "source by process": case(f"[default]\n{OUTER}source_profile = b\n[profile b]\n{PROCESS}"),
    "source ignores the environment's web identity": case(f"[default]\n{OUTER}source_profile = b\n[profile b]\n{KEYS}", None, WEB),
    "sts by a regional variable": case(f"[default]\n{ROLE}source_profile=b\n[profile b]\n{KEYS}", None, {"AWS_ENDPOINT_URL_STS": "http://sts:1"}),
}

FEDERATED = {
    "web identity": case(env=WEB),
    "web identity with session name": case(env={**WEB, "AWS_ROLE_SESSION_NAME": "pod"}),
    "web identity without role": case(env={"AWS_WEB_IDENTITY_TOKEN_FILE": "/t"}),
    "web identity: role from the profile": case(f"[default]\n{ROLE}role_session_name = p\n", None, {"AWS_WEB_IDENTITY_TOKEN_FILE": "/t"}),
    "web identity: token from the profile": case("[default]\nweb_identity_token_file = /p\n", None, {"AWS_ROLE_ARN": "r"}),
    "web identity of the profile": case(f"[default]\n{ROLE}web_identity_token_file = /p\nrole_session_name = p\nregion = eu-west-1\n"),
    "web identity: environment over profile": case(f"[default]\n{ROLE}web_identity_token_file = /p\nrole_session_name = p\n", None, WEB),
    "web identity with a profile that is named": case(f"[profile a]\n{ROLE}web_identity_token_file = /p\n", None, WEB, "a"),
    "web identity of the environment is not asked": case(f"[profile a]\n{OTHER}", None, WEB, "a"),
    "web identity with a profile of a variable": case(f"[profile a]\n{OTHER}", None, {**WEB, "AWS_PROFILE": "a"}),
    "web identity of the profile without role": case("[default]\nweb_identity_token_file = /p\n"),
    "a role of the environment alone": case(None, f"[default]\n{KEYS}", {"AWS_ROLE_ARN": "r"}),
    "sso": case(f"[default]\n{SSO}{ACCOUNT}"),
    "sso without region": case(f"[default]\nsso_start_url = u\n{ACCOUNT}"),
    "sso without role": case(f"[default]\n{SSO}sso_account_id = 1\n"),
    "sso urls alone mean nothing": case(f"[default]\n{SSO}{OTHER}"),
    "sso session": case(f"[default]\nsso_session = corp\n{ACCOUNT}[sso-session corp]\n{SSO}sso_registration_scopes = x\n"),
    "sso session, quoted": case(f'[default]\nsso_session = my corp\n{ACCOUNT}[sso-session "my corp"]\n{SSO}'),
    "sso session missing": case(f"[default]\nsso_session = corp\n{ACCOUNT}"),
    "sso session that says otherwise": case(f"[default]\nsso_session=corp\nsso_region = us-east-1\n{ACCOUNT}[sso-session corp]\n{SSO}"),
    "sso session that says the same": case(f"[default]\nsso_session=corp\nsso_region = eu-west-1\n{ACCOUNT}[sso-session corp]\n{SSO}"),
    "sso session without url": case(f"[default]\nsso_session=corp\n{ACCOUNT}[sso-session corp]\nsso_region = eu-west-1\n"),
    "sso session with the account": case(f"[default]\nsso_session=corp\nsso_role_name=Writer\n[sso-session corp]\n{SSO}sso_account_id = 1\n"),
    "process": case(f"[default]\n{PROCESS}"),
    "process over several lines": case("[default]\ncredential_process = /opt/give\n  --a\n  --b\n"),
    "metadata elsewhere": case("[default]\nec2_metadata_service_endpoint = http://meta:1\nec2_metadata_service_endpoint_mode = IPv6\n"),
    "metadata elsewhere by variables": case(
        "[default]\nec2_metadata_service_endpoint = http://meta:1\nec2_metadata_service_endpoint_mode = IPv6\n",
        None,
        {"AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://env:2", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "ipv4"},
    ),
    "metadata by IPv6, the older way": case("[default]\nimds_use_ipv6 = true\n"),
    "metadata by IPv6, the older variable": case(env={"AWS_IMDS_USE_IPV6": "true"}),
}

PLACES = {
    "region": case("[default]\nregion = ap-south-1\n"),
    "region by variable": case("[default]\nregion = ap-south-1\n", None, {"AWS_DEFAULT_REGION": "us-west-2"}),
    "region of a profile": case("[default]\nregion = ap-south-1\n[profile a]\nregion = eu-central-2\n", None, {"AWS_PROFILE": "a"}),
    "region is not taken from default": case("[default]\nregion = ap-south-1\n[profile a]\n", None, {"AWS_PROFILE": "a"}),
    "endpoint": case("[default]\nendpoint_url = http://all:1\n"),
    "endpoint by variable": case("[default]\nendpoint_url = http://all:1\n", None, {"AWS_ENDPOINT_URL": "http://env:2"}),
    "endpoint of a service by variable": case(env={"AWS_ENDPOINT_URL": "http://env:2", "AWS_ENDPOINT_URL_KINESIS": "http://env:3"}),
    "endpoints of services": case(
        "[default]\nservices = dev\nendpoint_url = http://all:1\n[services dev]\nkinesis =\n  endpoint_url = http://k:2\n  other = x\nsts =\n  endpoint_url=http://s:3\n"
    ),
    "endpoints of the services of SSO": case(
        "[default]\nservices = dev\n[services dev]\nsso =\n  endpoint_url = http://p:2\nsso_oidc =\n  endpoint_url = http://o:3\n"
    ),
    "endpoints of the services of SSO by variable": case(env={"AWS_ENDPOINT_URL_SSO": "http://p:2", "AWS_ENDPOINT_URL_SSO_OIDC": "http://o:3"}),
    "a variable for all over a service's": case("[default]\nservices=dev\n[services dev]\nkinesis =\n  endpoint_url = http://k:2\n", None, {"AWS_ENDPOINT_URL": "http://env:2"}),
    "services that are missing": case("[default]\nservices = dev\nendpoint_url = http://all:1\n"),
    "services that are missing, and not needed": case("[default]\nservices = dev\n", None, {"AWS_ENDPOINT_URL": "http://env:2"}),
    "services that are empty": case("[default]\nservices = dev\n[services dev]\n"),
    "services in the credentials file": case("[services dev]\nkinesis =\n endpoint_url = http://k:2\n", "[default]\nservices = dev\n"),
    "services of another profile": case("[profile a]\nservices = dev\n[default]\n[services dev]\nkinesis =\n endpoint_url = http://k:2\n"),
    "services with a blank line and a comment": case("[default]\nservices=dev\n[services dev]\nkinesis =\n\n  # here\n  endpoint_url = http://k:2\n"),
    "key of a service in capitals": case("[default]\nservices=dev\n[services dev]\nKinesis =\n  Endpoint_URL = http://k:2\n"),
    "endpoints are ignored": case("[default]\nendpoint_url = http://all:1\nignore_configured_endpoint_urls = true\n"),
    "endpoints are ignored by variable": case(env={"AWS_ENDPOINT_URL": "http://env:2", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "TRUE"}),
    "a variable says not to ignore": case(
        "[default]\nendpoint_url = http://all:1\nignore_configured_endpoint_urls = true\n", None, {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false"}
    ),
    "fips and dual stack": case("[default]\nuse_fips_endpoint = true\nuse_dualstack_endpoint = True\n"),
    "fips and dual stack by variable": case(
        "[default]\nuse_fips_endpoint = true\nuse_dualstack_endpoint = false\n", None, {"AWS_USE_FIPS_ENDPOINT": "false", "AWS_USE_DUALSTACK_ENDPOINT": "true"}
    ),
    "ca bundle": case("[default]\nca_bundle = /etc/own.pem\n"),
    "ca bundle by variable": case("[default]\nca_bundle = /etc/own.pem\n", None, {"AWS_CA_BUNDLE": "/etc/env.pem"}),
    "sts": case("[default]\nregion = eu-west-1\n"),
    "sts, legacy": case("[default]\nregion = eu-west-1\nsts_regional_endpoints = legacy\n"),
    "sts, legacy in a new region": case("[default]\nregion = eu-south-2\nsts_regional_endpoints = legacy\n"),
    "sts, legacy with fips": case("[default]\nregion = us-east-2\nsts_regional_endpoints = legacy\nuse_fips_endpoint = true\n"),
    "sts, legacy with a url": case("[default]\nregion = us-east-2\nsts_regional_endpoints = legacy\nendpoint_url = http://all:1\n"),
    "sts, legacy by variable": case("[default]\nregion = us-east-1\n", None, {"AWS_STS_REGIONAL_ENDPOINTS": "legacy"}),
    "sts, regional by variable": case("[default]\nregion = us-east-1\nsts_regional_endpoints = legacy\n", None, {"AWS_STS_REGIONAL_ENDPOINTS": "regional"}),
}

TEXTS = {
    "comment behind a value": case(f"[default]\nregion = eu-west-1 # Dublin\n{OTHER}"),
    "semicolon behind a value": case(f"[default]\nregion = eu-west-1 ; Dublin\n{OTHER}"),
    "comment behind a header": case(f"[default] # mine\n{OTHER}"),
    "comment lines": case(f"# [default]\n; x\n[default]\n  # indented\n{OTHER}#region = x\n"),
    "keys in any case": case("[default]\nAWS_Access_Key_ID = A\nAws_Secret_Access_Key = S\nREGION = r\n"),
    "no blanks": case("[default]\naws_access_key_id=A\naws_secret_access_key=a=b==\n"),
    "colons": case("[default]\naws_access_key_id: A\naws_secret_access_key: a:b=c\n"),
    "many blanks": case("[default]\naws_access_key_id\t =   A  \t\naws_secret_access_key =\tS S\n"),
    "CRLF": case("[default]\r\naws_access_key_id = A\r\naws_secret_access_key = S\r\n\r\n[profile a]\r\n"),
    "CR": case("[default]\raws_access_key_id = A\raws_secret_access_key = S\r"),
    "byte order mark": case("\ufeff[default]\naws_access_key_id = A\naws_secret_access_key = S\n"),
    "no line feed at the end": case("[default]\naws_access_key_id = A\naws_secret_access_key = S"),
    "a blank that cannot be told from others": case("[default]\naws_access_key_id = A\u00a0\naws_secret_access_key =\u3000S\u2003\n"),
    "section twice": case(f"[default]\n{OTHER}[default]\nregion = x\n"),
    "section twice in the credentials file": case(None, f"[default]\n{OTHER}[default]\nregion = x\n"),
    "key twice": case("[default]\nregion = a\nregion = b\n"),
    "key twice in another case": case("[default]\nregion = a\nRegion = b\n"),
    "key before a section": case("region = a\n[default]\n"),
    "line without a value": case("[default]\nregion\n"),
    "line without a key": case("[default]\n= x\n"),
    "header that is not closed": case("[default\nregion = a\n"),
    "empty header": case("[]\nregion = a\n"),
    "indented keys": case(f"[default]\n  region = x-1\n  aws_access_key_id = A\n  aws_secret_access_key = S\n"),
    "nested block with a broken line": case("[default]\ns3 =\n  what\n"),
    "nested block of another service": case(f"[default]\ns3 =\n  max_concurrent_requests = 20\n{OTHER}"),
    "broken credentials file": case(f"[default]\n{OTHER}", "garbage\n"),
    "not UTF-8": case(b"[default]\nregion = \xff\n"),
    "empty files": case("", ""),
    "unknown sections": case(f"[plugins]\ncli = x\n[preview]\nx = y\n[default]\n{OTHER}"),
}

ALL = {
    f"{group}: {name}": value
    for group, table in {"order": ORDER, "choice": CHOICE, "roles": ROLES, "federated": FEDERATED, "places": PLACES, "texts": TEXTS}.items()
    for name, value in table.items()
}

# What we refuse in words, and the SDK lets pass (or asks a person about). Each with a part of the words.
STRICTER = {
    "a secret alone in the environment": (case(None, f"[default]\n{KEYS}", {"AWS_SECRET_ACCESS_KEY": "S"}), "AWS_SECRET_ACCESS_KEY is set without AWS_ACCESS_KEY_ID"),
    "empty key": (case(None, "[default]\naws_access_key_id =\naws_secret_access_key = S\n"), "profile default: aws_access_key_id is empty"),
    "key over two lines": (case(None, "[default]\naws_access_key_id = A\n  B\naws_secret_access_key = S\n"), "aws_access_key_id must be on one line"),
    "mfa": (case(f"[default]\n{ROLE}source_profile = b\nmfa_serial = m\n[profile b]\n{KEYS}"), "mfa_serial is not supported"),
    "duration that is no number": (case(f"[default]\n{ROLE}source_profile = b\nduration_seconds = 1h\n[profile b]\n{KEYS}"), 'from 900 to 43200, got "1h"'),
    "empty process": (case("[default]\ncredential_process =\n"), "credential_process is empty"),
    "sts elsewhere": (case("[default]\nsts_regional_endpoints = sometimes\n"), 'must be regional or legacy, got "sometimes"'),
    "keys that are indented further than the first": (case("[default]\nregion = x-1\n  aws_access_key_id = A\n"), "region: must be on one line"),
}
