// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/oreore: write a number, and the oreore program that is attached to this open file computes
 * an answer; read the answer. Whoever opens the device has a hook, and an answer, of their own.
 */
#include <linux/bpf_oreore.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>

struct oreore_file {
	struct bpf_oreore_hook hook;
	struct mutex lock;	/* held while the answer is used: threads share an open file */
	char answer[sizeof("4294967295\n")];
	size_t length;		/* 0: no answer yet */
};

static int oreore_open(struct inode *inode, struct file *file)
{
	struct oreore_file *opened = kzalloc(sizeof(*opened), GFP_KERNEL);

	if (!opened)
		return -ENOMEM;

	mutex_init(&opened->lock);
	file->private_data = opened;
	bpf_oreore_hook_open(&opened->hook, file);
	return 0;
}

static int oreore_release(struct inode *inode, struct file *file)
{
	struct oreore_file *opened = file->private_data;

	bpf_oreore_hook_close(&opened->hook);
	kfree(opened);
	return 0;
}

static ssize_t oreore_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	struct oreore_file *opened = file->private_data;
	s64 answer;
	u32 value;
	int ret;

	ret = kstrtou32_from_user(buf, count, 0, &value);
	if (ret)
		return ret;

	mutex_lock(&opened->lock);
	answer = bpf_oreore_hook_run(&opened->hook, value);
	if (answer >= 0) {
		opened->length = scnprintf(opened->answer, sizeof(opened->answer), "%u\n",
					   (u32)answer);
		*pos = 0;	/* a new answer is read from its beginning */
	}
	mutex_unlock(&opened->lock);

	return answer < 0 ? answer : count;
}

static ssize_t oreore_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	struct oreore_file *opened = file->private_data;
	ssize_t ret = -ENODATA;

	mutex_lock(&opened->lock);
	if (opened->length)
		ret = simple_read_from_buffer(buf, count, pos, opened->answer, opened->length);
	mutex_unlock(&opened->lock);

	return ret;
}

static const struct file_operations oreore_fops = {
	.owner		= THIS_MODULE,	/* as long as a file is open, the module stays */
	.open		= oreore_open,
	.release	= oreore_release,
	.write		= oreore_write,
	.read		= oreore_read,
};

static struct miscdevice oreore_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "oreore",
	.mode	= 0600,
	.fops	= &oreore_fops,
};

module_misc_device(oreore_device);
MODULE_DESCRIPTION("Run the oreore program that is attached to an open file");
MODULE_LICENSE("GPL");
