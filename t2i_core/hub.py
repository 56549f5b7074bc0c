"""What the Hugging Face Hub's many answers mean to a person."""

from collections.abc import Iterator
from contextlib import contextmanager

from t2i_core.errors import WeightsError


@contextmanager
def hub_errors(repo_id: str, what: str = "model") -> Iterator[None]:
    """Says in a sentence what the Hub's many exceptions mean to a user. what: the repository is, e.g. a data set"""
    import httpx2
    from huggingface_hub import constants, errors

    try:
        yield
    except errors.GatedRepoError as problem:
        known = problem.response.status_code == 403
        mend = f"Accept its terms at {constants.ENDPOINT}/{repo_id}" if known else "Log in with `hf auth login`"
        raise WeightsError(f"{repo_id} is open only to those it knows. {mend} and try again.") from problem
    except errors.LocalTokenNotFoundError as problem:
        raise WeightsError(f"{repo_id} asks who you are. Log in with `hf auth login` and try again.") from problem
    except (errors.RepositoryNotFoundError, errors.RemoteEntryNotFoundError) as problem:
        raise WeightsError(
            f"The Hub has no {what} {repo_id}, or you may not see it. Check the name, or log in with `hf auth login`."
        ) from problem
    except errors.LocalEntryNotFoundError as problem:
        raise WeightsError(
            f"{repo_id} was not downloaded before, and the Hub cannot be reached now. Connect and try again."
        ) from problem
    except errors.HfHubHTTPError as problem:
        refused = problem.response.status_code in (401, 403)
        mend = "Log in with `hf auth login` and a token that may write" if refused else "Try again later"
        raise WeightsError(f"The Hub answered {problem.response.status_code} for {repo_id}. {mend}.") from problem
    except (OSError, httpx2.HTTPError) as problem:
        raise WeightsError(f"{repo_id}: the Hub cannot be reached ({problem}). Connect and try again.") from problem
