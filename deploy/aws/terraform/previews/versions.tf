# One preview environment: a pull request's image with a PostgreSQL and a Redis of its own, in one task. What is in them goes with the task,
# so removing the service removes everything. Applied and destroyed by .github/workflows/preview.yml; each has a state of its own.
terraform {
  required_version = ">= 1.11"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
  backend "s3" {}
}

provider "aws" {
  region = var.region
  default_tags {
    tags = {
      Environment = "preview"
      Project     = "vanguardai"
      ManagedBy   = "terraform"
      Preview     = local.name
    }
  }
}
