terraform {
  # 1.11: values that are written and never kept in the state (secret_string_wo, password_wo); locks in the bucket itself.
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }

  # Which bucket: environments/ENVIRONMENT.s3.tfbackend. Nowhere `encrypt`, by which Terraform would ask for S3's own key (AES256): without it
  # the bucket encrypts with the key that state/ gives it.
  backend "s3" {}
}

provider "aws" {
  region              = var.region
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = {
      Environment = var.environment
      Project     = "vanguardai"
      ManagedBy   = "terraform"
    }
  }
}
