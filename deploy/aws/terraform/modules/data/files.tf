# Documents, sealed packs and the ledger of erasures. Every task has them under /var/lib/vanguard.
resource "aws_efs_file_system" "this" {
  creation_token  = "vanguardai"
  encrypted       = true
  kms_key_id      = var.key_arn
  throughput_mode = "elastic"
  tags            = { Name = "vanguardai" }
  lifecycle_policy {
    transition_to_ia = "AFTER_30_DAYS"
  }
  lifecycle_policy {
    transition_to_primary_storage_class = "AFTER_1_ACCESS"
  }
}

resource "aws_efs_backup_policy" "this" {
  file_system_id = aws_efs_file_system.this.id
  backup_policy {
    status = "ENABLED"
  }
}

resource "aws_efs_mount_target" "this" {
  count           = length(var.subnets)
  file_system_id  = aws_efs_file_system.this.id
  subnet_id       = var.subnets[count.index]
  security_groups = [var.files_group]
}

# Whoever mounts is the image's user, in this folder and nowhere above it.
resource "aws_efs_access_point" "this" {
  file_system_id = aws_efs_file_system.this.id
  posix_user {
    uid = 10001
    gid = 10001
  }
  root_directory {
    path = "/vanguard"
    creation_info {
      owner_uid   = 10001
      owner_gid   = 10001
      permissions = "0750"
    }
  }
  tags = { Name = "vanguardai" }
}

resource "aws_efs_file_system_policy" "this" {
  file_system_id = aws_efs_file_system.this.id
  policy         = data.aws_iam_policy_document.files.json
}

data "aws_iam_policy_document" "files" {
  statement {
    sid       = "OnlyOverTls"
    effect    = "Deny"
    actions   = ["*"]
    resources = [aws_efs_file_system.this.arn]
    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}
